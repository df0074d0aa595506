import { loadConfig, RabbitmqConfig } from '@push/config';
import { QueueOptions } from '@push/queue';
import { describeTopology } from '../../libs/queue/src/topology';
import { namesOf } from './names';

describe('namesOf', () => {
  it('names everything that push-service declares, so that all of it can be cleared away', () => {
    const names = namesOf('abc', 'service-1');
    const config = loadConfig([RabbitmqConfig], { QUEUE_NAMESPACE: names.queueNamespace }).get(
      RabbitmqConfig,
    ) as RabbitmqConfig;
    const { exchange, queues } = describeTopology(config, new QueueOptions({ relaysStatus: true }));
    expect(names.exchange).toBe(exchange);
    expect(names.queues.toSorted()).toEqual(queues.map(({ name }) => name).sort());
    expect([names.pushQueue, names.statusQueue]).toEqual([config.pushQueue, config.statusQueue]);
  });
});
