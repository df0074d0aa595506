import type { Entry } from '../harness/launches';
import type { Row } from './row';
import { comparison, type Comparison } from './throughput';

const RATIOS = [
  ['service', 'bare'],
  ['service', 'typical'],
] as const;

/** In hand of bare and service, where both are to have the same. */
const SAME = 100;
/** In hand of bare, where each takes as many as it likes: four of Google's connections full. The service finds its own. */
const AS_MANY_AS_IT_LIKES = 400;

const typical: Entry = { kind: 'typical' };
const same: readonly Entry[] = [
  { kind: 'bare', inFlight: SAME },
  { kind: 'service', inFlight: SAME },
  typical,
];
const asManyAsItLikes: readonly Entry[] = [
  { kind: 'bare', inFlight: AS_MANY_AS_IT_LIKES },
  { kind: 'service' },
  typical,
];

/** The rows that targets are set for. */
const main: readonly Comparison[] = [
  {
    name: '0ms',
    title: 'no FCM latency, 100 in flight (typical: its 10)',
    quick: true,
    thorough: true,
    entries: same,
    latencyMs: 0,
    ratios: RATIOS,
  },
  {
    name: '80ms',
    title: '80 ms FCM latency, as many in flight as each likes (typical: its 10)',
    quick: true,
    thorough: true,
    entries: asManyAsItLikes,
    latencyMs: 80,
    ratios: RATIOS,
  },
];

const LATENCIES = [0, 80, 200];

/** Every other combination of latency, instances and devices. */
const others: readonly Comparison[] = [1, 2].flatMap((instances) =>
  [1, 5].flatMap((devicesEach) =>
    LATENCIES.map((latencyMs) => ({
      name: nameOf(latencyMs, instances, devicesEach),
      title: `${latencyMs} ms FCM latency, ${instances} instance(s), ${devicesEach} device(s) a user`,
      entries: latencyMs === 0 ? same : asManyAsItLikes,
      latencyMs,
      instances,
      devicesEach,
      ratios: RATIOS,
    })),
  ),
);

/** What reporting each status to the gateway adds. */
const relay: Comparison = {
  name: 'relay',
  title: 'the service with and without reports to a gateway, no FCM latency, 100 in flight',
  entries: [
    { kind: 'service', inFlight: SAME },
    { kind: 'service', label: 'service, reporting', inFlight: SAME, relay: true },
  ],
  latencyMs: 0,
  ratios: [['service, reporting', 'service']],
};

/** What V8 makes of more memory, and of less. */
const memory: Comparison = {
  name: 'memory',
  title: 'the service with less memory for V8, and with more; no FCM latency, 100 in flight',
  entries: [
    { kind: 'bare', inFlight: SAME },
    {
      kind: 'service',
      label: 'service, less',
      inFlight: SAME,
      nodeArgs: ['--max-semi-space-size=8'],
    },
    { kind: 'service', inFlight: SAME },
    {
      kind: 'service',
      label: 'service, more',
      inFlight: SAME,
      nodeArgs: ['--max-semi-space-size=32', '--heap-growing-percent=100'],
    },
  ],
  latencyMs: 0,
  ratios: [
    ['service, less', 'bare'],
    ['service', 'bare'],
    ['service, more', 'bare'],
  ],
  thorough: true,
};

/** The limits that the image gives V8, for bare. */
export const IMAGE_LIMITS = ['--max-semi-space-size=16', '--heap-growing-percent=50'];
/** Node's own limits, for the service: what the image says is taken back. */
const NODE_LIMITS: Pick<Entry, 'nodeArgs' | 'env'> = {
  nodeArgs: ['--heap-growing-percent=0'],
  env: { NODE_OPTIONS: '' },
};

/** How much of the distance to bare is memory, where messages wait and are alive at more collections. */
const memoryAt80ms: Comparison = {
  name: 'memory-80ms',
  title: "bare and the service, each with its own memory and with the other's; 80 ms FCM latency",
  entries: [
    { kind: 'bare', inFlight: AS_MANY_AS_IT_LIKES },
    {
      kind: 'bare',
      label: 'bare-limited',
      inFlight: AS_MANY_AS_IT_LIKES,
      nodeArgs: IMAGE_LIMITS,
    },
    { kind: 'service' },
    { kind: 'service', label: 'service-unlimited', ...NODE_LIMITS },
  ],
  latencyMs: 80,
  ratios: [
    ['service', 'bare'],
    ['service', 'bare-limited'],
    ['service-unlimited', 'bare'],
  ],
  thorough: true,
};

const named = new Set(main.map(({ name }) => name));

/** All comparisons under full load, those with targets first. */
export const comparisons: readonly Row[] = [
  ...main,
  ...others.filter(({ name }) => !named.has(name)),
  relay,
  memory,
  memoryAt80ms,
].map(comparison);

function nameOf(latencyMs: number, instances: number, devicesEach: number): string {
  const twice = instances > 1 ? `-${instances}instances` : '';
  const devices = devicesEach > 1 ? `-${devicesEach}devices` : '';
  return `${latencyMs}ms${twice}${devices}`;
}
