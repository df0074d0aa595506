import type { RabbitmqConfig } from '@push/config';
import { connect, type ChannelModel } from 'amqplib';
import { messageOf } from '../broker/amqp-errors';
import { connectionSettings } from '../broker/connection-settings';
import type { QueueOptions } from '../queue.options';
import { describeTopology } from '../topology/topology';
import { TopologyService } from '../topology/topology.service';
import { inspectTopology, mayRead, mayWrite, type TopologyFinding } from './topology-inspection';

/** One node of the broker: its address without credentials, and what keeps us from it, if anything does. */
export interface NodeFinding {
  node: string;
  version?: string;
  problem?: string;
}

/** What an app would find at the broker if it started now. */
export interface BrokerFindings {
  nodes: NodeFinding[];
  topology: TopologyFinding[];
  /** What we may not do, in words. */
  forbidden: string[];
}

/**
 * Looks at the broker as an app would use it: every node, the topology, what we may do. Consumes nothing, and changes
 * nothing unless told to declare what is missing.
 * @throws {TopologyError} when told to declare, and the broker does not let us
 */
export async function inspectBroker(
  config: RabbitmqConfig,
  options: QueueOptions,
  { declare = false } = {},
): Promise<BrokerFindings> {
  const looks = await Promise.all(config.urls.map((url) => look(url)));
  const nodes = looks.map(({ finding }) => finding);
  const open = looks.flatMap(({ connection }) => connection ?? []);
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

async function look(url: string): Promise<{ finding: NodeFinding; connection?: ChannelModel }> {
  const { host } = new URL(url);
  try {
    const connection = await connect(url, connectionSettings('preflight').connectionOptions);
    connection.on('error', () => undefined); // the operation under way tells
    const { version } = connection.connection.serverProperties;
    return { finding: { node: host, version }, connection };
  } catch (error) {
    return { finding: { node: host, problem: messageOf(error) } };
  }
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
    const refusal = await (right === 'read' ? mayRead : mayWrite)(connection, name);
    return refusal === undefined ? [] : [`${right} '${name}' (${refusal.text})`];
  };
  const queues = relaysStatus ? [pushQueue, statusQueue] : [pushQueue];
  const answers = [...queues.map((queue) => ask('read', queue)), ask('write', exchange)];
  return (await Promise.all(answers)).flat();
}
