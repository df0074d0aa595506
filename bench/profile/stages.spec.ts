import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { costsBy } from './budget';
import { moduleOf, stageOf } from './stages';

const at = (url: string, functionName = 'anything') => ({ url, functionName, lineNumber: 0 });
const dist = (path: string, functionName?: string) => at(`file:///app/dist/${path}`, functionName);
const npm = (path: string, functionName?: string) =>
  at(`file:///app/node_modules/${path}`, functionName);

const claims = 'libs/idempotency/src/redis-claims.js';
const intake = 'apps/push-service/src/consumer/intake.service.js';

describe('stageOf', () => {
  it.each([
    ['claim', [npm('ioredis/built/Redis.js'), dist(claims, 'take'), dist(intake)]],
    ['record', [npm('ioredis/built/Redis.js'), dist(claims, 'finish'), dist(intake)]],
    ['claim or record', [npm('redis-parser/lib/parser.js'), at('node:net')]],
    [
      'compose',
      [dist('libs/fcm/src/message/rest-message.js'), dist('libs/fcm/src/guarded-fcm.js')],
    ],
    ['send', [at('node:internal/http2/core'), at('node:events')]],
    ['send', [npm('cockatiel/dist/Policy.js'), dist('apps/push-service/src/delivery/sender.js')]],
    ['look-up', [npm('undici/lib/dispatcher/pool.js')]],
    [
      'status',
      [npm('amqplib/lib/channel_model.js', 'publish'), at('file:///b/contenders/bare.js')],
    ],
    ['ack', [npm('amqplib/lib/channel_model.js', 'ack')]],
    ['consume', [npm('amqplib/lib/channel.js', 'dispatchMessage')]],
    ['consume', [dist(intake)]],
    ['compose', [at('file:///b/contenders/bare.js', 'compose')]],
    ['log and metrics', [npm('pino/lib/proto.js'), dist(intake)]],
    ['garbage collection', [at('', '(garbage collector)'), dist(intake)]],
    ['sockets and runtime', [at('', '(program)')]],
  ])('is %s', (stage, stack) => {
    expect(stageOf(stack)).toBe(stage);
  });

  it.each([
    claims,
    intake,
    'libs/fcm/src/message/rest-message.js',
    'apps/push-service/src/delivery/sender.js',
  ])('was told of %s, which there is', (file) => {
    expect(existsSync(join(__dirname, '../..', file.replace(/\.js$/, '.ts')))).toBe(true);
  });
});

describe('moduleOf', () => {
  it.each([
    [npm('@nestjs/core/router/a.js'), '@nestjs/core'],
    [npm('a/node_modules/undici/index.js'), 'undici'],
    [dist('libs/fcm/src/http2/session-pool.js'), 'libs/fcm'],
    [dist('apps/push-service/src/delivery/sender.js'), 'apps/push-service/delivery'],
    [at('node:internal/http2/core'), 'node:internal/http2'],
    [at('node:events'), 'node:events'],
    [at('', '(program)'), '(program)'],
    [at('', 'writeBuffer'), 'native writeBuffer'],
  ])('of %j is %s', (frame, module) => {
    expect(moduleOf(frame)).toBe(module);
  });
});

describe('costsBy', () => {
  it("lays the shares of the sampler on the operating system's figure", () => {
    const call = (functionName: string, self: number) => {
      return { frame: at('', functionName), self, total: self, calls: [] };
    };
    const calls = [call('a', 300), call('b', 100)];
    const tree = { frame: at('', '(root)'), self: 0, total: 400, calls };
    const costs = costsBy({ label: 'x', tree, cpuUs: 200 }, ([first]) => first!.functionName);
    expect(Object.fromEntries(costs)).toEqual({ a: 150, b: 50 });
  });
});
