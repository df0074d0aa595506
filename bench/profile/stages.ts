import type { Frame } from './cpu-profile';

/** The stages of a notification, in their order, and what belongs to none of them. */
export const STAGES = [
  'consume',
  'parse',
  'claim',
  'look-up',
  'compose',
  'send',
  'record',
  'claim or record',
  'status',
  'ack',
  'log and metrics',
  'guards',
  'garbage collection',
  'sockets and runtime',
] as const;

export type Stage = (typeof STAGES)[number];

/** A frame of such a file (and of such a function) belongs to a stage. */
type Rule = readonly [stage: Stage, file: RegExp, functionName?: RegExp];

/** Files that are there for one stage only: the nearest of them on the stack decides. */
const SURE: readonly Rule[] = [
  [
    'log and metrics',
    /node_modules\/(pino|pino-http|nestjs-pino|sonic-boom|prom-client|thread-stream)\//,
  ],
  ['log and metrics', /libs\/observability\/|push-service\/src\/(metrics|consumer\/outcome-)/],
  ['compose', /libs\/fcm\/src\/message\/|node_modules\/mustache\//],
  ['compose', /delivery\/(composer|render|templates|devices|carried-devices)\b/],
  ['compose', /contenders\/bare/, /^compose$/],
  ['send', /libs\/fcm\/|delivery\/(sender|fan-out|turns|verdict|answers)\b/],
  ['send', /contenders\/bare/, /^send$/],
  ['look-up', /libs\/user-client\/|delivery\/recipients\b/],
  ['claim', /libs\/idempotency\//, /^(claim|take|keep|toClaim|nextOwner|peek)$/],
  ['record', /libs\/idempotency\/|push-service\/src\/timeline\/|delivery\/recorder\b/],
  [
    'status',
    /push-service\/src\/status\/|libs\/queue\/src\/publisher\/|broker\/guarded\.publisher/,
  ],
  [
    'ack',
    /queue\/src\/(intake\/settler|broker\/settle)\b|push-service\/src\/consumer\/(settlement|ends)\b/,
  ],
  ['parse', /libs\/contracts\/|node_modules\/zod\/|intake\/(push\.deserializer|nesting)\b/],
];

/** Where no such file is on the stack: what this kind of work is for most of all. */
const LIKELY: readonly Rule[] = [
  ['send', /^node:internal\/http2\//],
  ['look-up', /node_modules\/undici\//],
  ['claim or record', /node_modules\/(ioredis|redis-parser|standard-as-callback)\//],
  ['status', /node_modules\/amqplib\//, /publish|sendMessage|handleConfirm/i],
  ['ack', /node_modules\/amqplib\//, /ack/i],
  ['consume', /node_modules\/amqplib\//],
  ['consume', /libs\/queue\/|push-service\/src\/consumer\/|node_modules\/@nestjs\/microservices\//],
  ['guards', /node_modules\/cockatiel\/|libs\/(resilience|redis)\//],
];

const COLLECTOR = '(garbage collector)';

/** The stage that time in the first of these frames belongs to, as well as can be told. @param stack the caller last */
export function stageOf(stack: readonly Frame[]): Stage {
  if (stack[0]?.functionName === COLLECTOR) return 'garbage collection';
  return nearest(stack, SURE) ?? nearest(stack, LIKELY) ?? 'sockets and runtime';
}

/** The package, the library or the app of a frame. */
export function moduleOf({ functionName, url }: Frame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : `native ${functionName}`;
  const npm = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(url);
  if (npm) return npm[1] ?? url;
  const ours = /\/((?:libs\/[^/]+)|(?:apps\/[^/]+)\/src\/[^/.]+|contenders\/[^/.]+)/.exec(url);
  if (ours) return (ours[1] ?? url).replace('/src', '');
  return /^node:(?:internal\/)?[^/]+/.exec(url)?.[0] ?? url;
}

function nearest(stack: readonly Frame[], rules: readonly Rule[]): Stage | undefined {
  for (const { url, functionName } of stack) {
    const rule = rules.find(
      ([, file, name]) => file.test(url) && (name?.test(functionName) ?? true),
    );
    if (rule) return rule[0];
  }
  return undefined;
}
