import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type AmqpConnectionManager } from 'amqp-connection-manager';
import type { Channel, ChannelModel, ConsumeMessage, Message } from 'amqplib';
import { ConsumerGroup } from '../../../libs/queue/src/consumer-group';
import { waitFor } from '../../support/wait-for';
import { Broker } from './support/broker';
import { TcpProxy } from '../../support/tcp-proxy';

const QUEUE_ARGUMENTS = { 'x-queue-type': 'quorum', 'x-delivery-limit': 1000 };
const STOPS = 20;

/** RabbitMQ takes back what is on its way to a consumer that is gone, counts a delivery, and delivers it to the next. */
describe('ConsumerGroup', () => {
  const broker = new Broker();
  const proxy = new TcpProxy(broker.url);
  const queue = broker.config.pushQueue;
  let manager: AmqpConnectionManager;
  let counts: number[] = [];

  const count = ({ properties }: Message): void => {
    counts.push(Number(properties.headers?.['x-delivery-count'] ?? 0));
  };
  const topology = {
    ensure: async (connection: ChannelModel): Promise<void> => {
      const channel = await connection.createChannel();
      await channel.assertQueue(queue, { arguments: QUEUE_ARGUMENTS });
      await channel.close();
    },
  };
  const open = async (concurrency: number): Promise<ConsumerGroup> => {
    const onMessage = (message: ConsumeMessage, channel: Channel): void => {
      count(message);
      if (group.changing) void group.changed().then(() => channel.ack(message));
      else channel.ack(message);
    };
    const group = new ConsumerGroup({ queue, topology, concurrency, prefetch: 10, onMessage });
    await group.setUp(manager);
    expect(group.size).toBe(concurrency / 10);
    return group;
  };
  const countTheRest = (): Promise<void> =>
    broker.on(async (channel) => {
      for (;;) {
        const message = await channel.get(queue, { noAck: true });
        if (message === false) break;
        count(message);
      }
      await channel.deleteQueue(queue);
    });

  beforeAll(() => broker.open());
  beforeEach(async () => {
    counts = [];
    manager = connect(await proxy.start(), { reconnectTimeInSeconds: 1 });
    await manager.connect();
  });
  afterEach(async () => {
    await manager.close();
    await proxy.stop();
  });
  afterAll(() => broker.close());

  it.each([
    ['few messages', 0],
    ['a backlog', 500],
  ])(
    'cancels its consumers so that no message passes from one to the next, with %s',
    async (_, backlog) => {
      for (let n = 0; n < STOPS; n += 1) {
        const group = await open(100);
        await broker.on(async (channel) => {
          for (let m = 0; m < backlog; m += 1) channel.sendToQueue(queue, Buffer.from('{}'));
        });
        let stopped = false;
        const publishing = broker.publishTo(queue, () => !stopped);
        await sleep(30 + Math.random() * 30); // at random points of the messages' way
        await group.cancel();
        stopped = true;
        await publishing;
        await group.close();
        await countTheRest();
      }
      expect(counts.length).toBeGreaterThan(500);
      // Once is the rule; without priorities, three and four were counted.
      expect(Math.max(...counts)).toBeLessThanOrEqual(2);
    },
  );

  it('loses its connection with no message passing from one consumer to the next', async () => {
    const group = await open(500);
    await broker.on(async (channel) => {
      for (let m = 0; m < 1000; m += 1) channel.sendToQueue(queue, Buffer.from('{}'));
    });
    proxy.cut();
    await waitFor('the connection loss', () => !group.connected);
    await group.cancel();
    await sleep(1000);
    await countTheRest();
    await group.close();
    // Acks that were cut off come again; with a channel for each consumer, twenty deliveries were counted.
    expect(Math.max(...counts)).toBeLessThanOrEqual(1);
  });
});
