import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { SetUpError } from './terminal.mjs';

/** Throws when another push-service consumes the same queue: the two would share the messages. */
export async function refuseSharedQueue(brokerUrl) {
  const amqp = createRequire(join(root, 'package.json'))('amqplib');
  const queue = `${process.env.QUEUE_NAMESPACE ?? ''}${process.env.PUSH_QUEUE || 'push.queue'}`;
  const connection = await amqp.connect(brokerUrl.split(',')[0].trim());
  connection.on('error', () => undefined);
  try {
    const consumers = await consumersOf(connection, queue);
    if (consumers === 0) return;
    throw new SetUpError(
      `Another push-service already consumes ${queue} on this broker (${consumers} consumers). Stop it, or give this one ` +
        'queues and keys of its own: QUEUE_NAMESPACE=second. REDIS_NAMESPACE=second: npm run demo',
    );
  } finally {
    await connection.close();
  }
}

async function consumersOf(connection, queue) {
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  try {
    return (await channel.checkQueue(queue)).consumerCount;
  } catch {
    // No such queue yet.
    return 0;
  }
}
