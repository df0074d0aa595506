import { randomUUID } from 'node:crypto';
import type { Channel, ChannelModel } from 'amqplib';
import type { Refusal } from '../broker/amqp-errors';
import { attempt } from '../broker/attempt';
import type { Topology } from '../topology/topology';

const NOT_FOUND = 404;
const REFUSED = 403;
const PRECONDITION_FAILED = 406;

/** How an exchange or a queue of ours is found at the broker. */
export interface TopologyFinding {
  kind: 'exchange' | 'queue';
  name: string;
  /** `missing` is declared at the start; what `differs` is used as it is. */
  state: 'as declared' | 'differs' | 'missing' | 'unusable';
  /** The broker's own words on the difference, or on why it cannot be used. */
  detail?: string;
}

/** Compares what is there with what we would declare. Changes nothing: what is missing stays missing. */
export async function inspectTopology(
  connection: ChannelModel,
  { exchange, queues }: Topology,
): Promise<TopologyFinding[]> {
  const found = await find(connection, 'exchange', exchange, {
    check: (channel) => channel.checkExchange(exchange),
    declare: (channel) => channel.assertExchange(exchange, 'direct', { durable: true }),
  });
  if (found.detail?.includes("inequivalent arg 'type'")) found.state = 'unusable';
  const rest = await Promise.all(
    queues.map(({ name, arguments: args }) =>
      find(connection, 'queue', name, {
        check: (channel) => channel.checkQueue(name),
        declare: (channel) => channel.assertQueue(name, { durable: true, arguments: args }),
      }),
    ),
  );
  return [found, ...rest];
}

async function find(
  connection: ChannelModel,
  kind: TopologyFinding['kind'],
  name: string,
  { check, declare }: Record<'check' | 'declare', (channel: Channel) => Promise<unknown>>,
): Promise<TopologyFinding> {
  const looked = await attempt(connection, check);
  if (!looked.ok) {
    const { code, text } = looked.refusal;
    return code === NOT_FOUND
      ? { kind, name, state: 'missing' }
      : { kind, name, state: 'unusable', detail: text };
  }
  // AMQP cannot read arguments; declaring what exists changes nothing, and the refusal tells the difference.
  const compared = await attempt(connection, declare);
  if (compared.ok || compared.refusal.code !== PRECONDITION_FAILED) {
    return { kind, name, state: 'as declared' };
  }
  return { kind, name, state: 'differs', detail: compared.refusal.text };
}

/**
 * Asks whether we may consume a queue, and consumes nothing: the priority is no number, which the broker finds out
 * after it has looked at permissions.
 * @returns the refusal, where we may not
 */
export async function mayRead(
  connection: ChannelModel,
  queue: string,
): Promise<Refusal | undefined> {
  const asked = await attempt(connection, (channel) =>
    channel.consume(queue, () => undefined, { arguments: { 'x-priority': 'none' } }),
  );
  return asked.ok || asked.refusal.code !== REFUSED ? undefined : asked.refusal;
}

/**
 * Asks whether we may publish to an exchange, by a message that no queue is bound for.
 * @returns the refusal, where we may not
 */
export async function mayWrite(
  connection: ChannelModel,
  exchange: string,
): Promise<Refusal | undefined> {
  const asked = await attempt(connection, async (channel) => {
    channel.publish(exchange, `preflight.${randomUUID()}`, Buffer.from('{}'), { expiration: '0' });
    // What is asked next is answered after the broker has dealt with the message.
    await channel.checkExchange(exchange);
  });
  return asked.ok ? undefined : asked.refusal;
}
