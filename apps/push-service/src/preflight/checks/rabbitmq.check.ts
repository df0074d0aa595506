import { RabbitmqConfig } from '@push/config';
import { inspectBroker, QueueOptions, type NodeFinding } from '@push/queue';
import { StatusConfig } from '../../status/status.config';
import { failed, ok, warning, type Check, type CheckContext, type Finding } from '../check';
import { describeFinding } from './topology.words';

/** Every node, what is declared there, and what we may do. */
export const rabbitmqCheck: Check = {
  name: 'rabbitmq',
  needs: [RabbitmqConfig, StatusConfig],
  advice: 'See that RabbitMQ runs, and that RABBITMQ_URL leads to it.',
  run: inspect,
};

async function inspect({ config, declare }: CheckContext): Promise<Finding[]> {
  const options = new QueueOptions({
    relaysStatus: config(StatusConfig).callbackUrl !== undefined,
  });
  const { nodes, topology, forbidden } = await inspectBroker(config(RabbitmqConfig), options, {
    declare,
  });
  const reached = nodes.some(({ problem }) => problem === undefined);
  return [
    ...nodes.map((node) => describeNode(node, reached)),
    ...topology.map((found) => describeFinding(found)),
    ...(reached ? [describeRights(forbidden)] : []),
  ];
}

function describeNode(
  { node, version = 'unknown', problem }: NodeFinding,
  reached: boolean,
): Finding {
  if (problem === undefined) return ok(`${node}: RabbitMQ ${version}`);
  const found = `${node}: ${problem}`;
  // Another node of the cluster serves meanwhile.
  return reached ? warning(found, adviceOn(problem)) : failed(found, adviceOn(problem));
}

function adviceOn(problem: string): string {
  if (/ACCESS.REFUSED/.test(problem)) {
    return 'Correct user and password in RABBITMQ_URL; the user "guest" is let in from the same machine only.';
  }
  if (/ConnectionClose|vhost|NOT.ALLOWED/.test(problem)) {
    return 'See that the virtual host that RABBITMQ_URL ends in exists, and that its user may use it.';
  }
  return 'See that RabbitMQ runs, and that RABBITMQ_URL leads to it.';
}

function describeRights(forbidden: readonly string[]): Finding {
  return forbidden.length === 0
    ? ok('permissions: read and write, where there is something yet')
    : failed(
        `permissions: the user may not ${forbidden.join(', nor ')}`,
        'Grant the user of RABBITMQ_URL configure, write and read on our exchange and queues.',
      );
}
