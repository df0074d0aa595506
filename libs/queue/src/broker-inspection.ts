import { randomUUID } from 'node:crypto';
import type { RabbitmqConfig } from '@push/config';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { attempt, messageOf, type Refusal } from './channel';
import { connectionSettings } from './connection';
import type { QueueOptions } from './queue.options';
import { describeTopology, type Topology } from './topology';
import { TopologyService } from './topology.service';

const NOT_FOUND = 404;
const REFUSED = 403;
const PRECONDITION_FAILED = 406;

/** One node of the broker: its address without credentials, and why it cannot be used, if it cannot. */
export interface NodeFinding {
  node: string;
  version?: string;
  problem?: string;
}

/** The state of an exchange or a queue of ours at the broker. */
export interface TopologyFinding {
  kind: 'exchange' | 'queue';
  name: string;
  /** `missing` is declared at the start; what `differs` is used as it is. */
  state: 'as declared' | 'differs' | 'missing' | 'unusable';
  /** The broker's own words on the difference, or on why it cannot be used. */
  detail?: string;
}

/** What an app would find at the broker if it started now. */
export interface BrokerFindings {
  nodes: NodeFinding[];
  topology: TopologyFinding[];
  /** What we are not permitted to do, in words. */
  forbidden: string[];
}

/**
 * Checks the broker as an app would use it: every node, the topology, our permissions. Consumes nothing, and changes
 * nothing unless told to declare what is missing.
 * @throws {TopologyError} when told to declare, and the broker refuses
 */
export async function inspectBroker(
  config: RabbitmqConfig,
  options: QueueOptions,
  { declare = false } = {},
): Promise<BrokerFindings> {
  const results = await Promise.all(config.urls.map((url) => inspectNode(url)));
  const nodes = results.map(({ finding }) => finding);
  const open = results.flatMap(({ connection }) => connection ?? []);
  try {
    const [connection] = open;
    if (connection === undefined) return { nodes, topology: [], forbidden: [] };
    if (declare) await new TopologyService(config, options).ensure(connection);
    const topology = await inspectTopology(connection, describeTopology(config, options));
    return { nodes, topology, forbidden: await forbidden(connection, topology, config, options) };
  } finally {
    await Promise.all(open.map((connection) => connection.close().catch(() => undefined)));
  }
}

async function inspectNode(
  url: string,
): Promise<{ finding: NodeFinding; connection?: ChannelModel }> {
  const { host } = new URL(url);
  try {
    const connection = await connect(url, connectionSettings('preflight').connectionOptions);
    connection.on('error', () => undefined); // reported by the operation under way
    const { version } = connection.connection.serverProperties;
    return { finding: { node: host, version }, connection };
  } catch (error) {
    return { finding: { node: host, problem: messageOf(error) } };
  }
}

/** Compares what exists with what we would declare. Changes nothing: what is missing stays missing. */
async function inspectTopology(
  connection: ChannelModel,
  { exchange, queues }: Topology,
): Promise<TopologyFinding[]> {
  const found = await inspect(connection, 'exchange', exchange, {
    check: (channel) => channel.checkExchange(exchange),
    declare: (channel) => channel.assertExchange(exchange, 'direct', { durable: true }),
  });
  if (found.detail?.includes("inequivalent arg 'type'")) found.state = 'unusable';
  const foundQueues = await Promise.all(
    queues.map(({ name, arguments: args }) =>
      inspect(connection, 'queue', name, {
        check: (channel) => channel.checkQueue(name),
        declare: (channel) => channel.assertQueue(name, { durable: true, arguments: args }),
      }),
    ),
  );
  return [found, ...foundQueues];
}

async function inspect(
  connection: ChannelModel,
  kind: TopologyFinding['kind'],
  name: string,
  { check, declare }: Record<'check' | 'declare', (channel: Channel) => Promise<unknown>>,
): Promise<TopologyFinding> {
  const checked = await attempt(connection, check);
  if (!checked.ok) {
    const { code, text } = checked.refusal;
    return code === NOT_FOUND
      ? { kind, name, state: 'missing' }
      : { kind, name, state: 'unusable', detail: text };
  }
  // AMQP cannot read arguments; declaring what exists changes nothing, and the refusal names the difference.
  const compared = await attempt(connection, declare);
  if (compared.ok || compared.refusal.code !== PRECONDITION_FAILED) {
    return { kind, name, state: 'as declared' };
  }
  return { kind, name, state: 'differs', detail: compared.refusal.text };
}

async function forbidden(
  connection: ChannelModel,
  topology: readonly TopologyFinding[],
  { exchange, pushQueue, statusQueue }: RabbitmqConfig,
  { relaysStatus }: QueueOptions,
): Promise<string[]> {
  const isUsable = (name: string): boolean =>
    topology.some(
      (found) => found.name === name && found.state !== 'missing' && found.state !== 'unusable',
    );
  const ask = async (right: 'read' | 'write', name: string): Promise<string[]> => {
    if (!isUsable(name)) return [];
    const refusal = await (right === 'read' ? readRefusal : writeRefusal)(connection, name);
    return refusal === undefined ? [] : [`${right} '${name}' (${refusal.text})`];
  };
  const queues = relaysStatus ? [pushQueue, statusQueue] : [pushQueue];
  const answers = [...queues.map((queue) => ask('read', queue)), ask('write', exchange)];
  return (await Promise.all(answers)).flat();
}

/**
 * Checks whether we may consume a queue, and consumes nothing: the priority is not a number, which the broker finds only
 * after it has checked permissions.
 * @returns the refusal, where we may not
 */
async function readRefusal(connection: ChannelModel, queue: string): Promise<Refusal | undefined> {
  const result = await attempt(connection, (channel) =>
    channel.consume(queue, () => undefined, { arguments: { 'x-priority': 'none' } }),
  );
  return result.ok || result.refusal.code !== REFUSED ? undefined : result.refusal;
}

/**
 * Checks whether we may publish to an exchange, with a message that no queue is bound for.
 * @returns the refusal, where we may not
 */
async function writeRefusal(
  connection: ChannelModel,
  exchange: string,
): Promise<Refusal | undefined> {
  const result = await attempt(connection, async (channel) => {
    channel.publish(exchange, `preflight.${randomUUID()}`, Buffer.from('{}'), { expiration: '0' });
    // Answered after the broker has handled the message.
    await channel.checkExchange(exchange);
  });
  return result.ok ? undefined : result.refusal;
}
