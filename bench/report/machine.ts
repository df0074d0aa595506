import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import type { Arena } from '../harness/arena';

/** What figures were measured on, and of what. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  node: string;
  rabbitmq: string;
  redis: string;
  date: string;
  commit: string;
}

export function describeMachine({ around, broker, keys }: Arena): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    rabbitmq: broker.version,
    redis: keys.version,
    date: new Date().toISOString().slice(0, 'yyyy-mm-dd'.length),
    commit: commitOf(around.root),
  };
}

export function machineLine({ cpu, cores, memoryGb, ...of }: Machine): string {
  return (
    `${cpu}, ${cores} cores, ${memoryGb} GB; Node ${of.node}, RabbitMQ ${of.rabbitmq}, Redis ${of.redis}; ` +
    `${of.date}, commit ${of.commit}`
  );
}

/** Short, with a + where the checkout differs from it. */
function commitOf(root: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}
