import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import type { Channel, ChannelModel } from 'amqplib';
import { attempt, within, type Attempt, type Refusal } from './channel';
import { TopologyError } from './queue.errors';
import { QueueOptions } from './queue.options';
import { describeTopology, type QueueDeclaration, type Topology } from './topology';

const NOT_FOUND = 404;
const PRECONDITION_FAILED = 406;
const REPAIR_EVERY_MS = 1000;

/**
 * Ensures that the exchange and the queues exist. What exists is used as it is, with whatever arguments another team gave
 * it; only what is missing is declared.
 */
@Injectable()
export class TopologyService {
  private readonly logger = new Logger(TopologyService.name);
  private readonly topology: Topology;
  private readonly running = new WeakMap<ChannelModel, Promise<void>>();
  /** Names of what has been compared with our declaration. */
  private readonly compared = new Set<string>();
  /** Names of what was logged as different: both connections may find it at the same time. */
  private readonly logged = new Set<string>();
  private readonly asDeclared = new Set<string>();

  constructor(config: RabbitmqConfig, options: QueueOptions) {
    this.topology = describeTopology(config, options);
  }

  /**
   * Calls at the same time on one connection share their work.
   * @throws {TopologyError} when what the broker has, or allows, cannot be worked with
   */
  ensure(connection: ChannelModel): Promise<void> {
    const running =
      this.running.get(connection) ??
      this.ensureAll(connection).finally(() => this.running.delete(connection));
    this.running.set(connection, running);
    return running;
  }

  /** Whether a queue has the arguments of our declaration, as far as is known: not where another team made it. */
  isOurs(queue: string): boolean {
    return this.asDeclared.has(queue);
  }

  private async ensureAll(connection: ChannelModel): Promise<void> {
    const { exchange, queues } = this.topology;
    await this.ensureExchange(connection, exchange);
    await Promise.all(queues.map((queue) => this.ensureQueue(connection, queue)));
    const bound = await attempt(connection, async (channel) => {
      for (const { name, bindings } of queues) {
        for (const key of bindings) await channel.bindQueue(name, exchange, key);
      }
    });
    if (!bound.ok) throw refused('bind the queues to', exchange, bound.refusal);
  }

  private async ensureExchange(connection: ChannelModel, exchange: string): Promise<void> {
    const difference = await this.ensureExists(connection, exchange, {
      check: (channel) => channel.checkExchange(exchange),
      declare: (channel) => channel.assertExchange(exchange, 'direct', { durable: true }),
    });
    if (difference === undefined) return;
    if (difference.includes("inequivalent arg 'type'")) {
      this.compared.delete(exchange);
      throw new TopologyError(
        `The exchange '${exchange}' exists with another type (${difference}). It has to be a direct exchange: ` +
          'delete it, or name another one with NOTIFICATIONS_EXCHANGE, or set QUEUE_NAMESPACE.',
      );
    }
    this.logDifference(exchange, { exchange, difference }, 'Exchange exists with other arguments');
  }

  private async ensureQueue(connection: ChannelModel, queue: QueueDeclaration): Promise<void> {
    const difference = await this.ensureExists(connection, queue.name, {
      check: (channel) => channel.checkQueue(queue.name),
      declare: (channel) =>
        channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments }),
    });
    if (difference === undefined) return;
    const fields = { queue: queue.name, difference };
    this.logDifference(queue.name, fields, 'Queue exists with other arguments than ours');
  }

  private logDifference(name: string, fields: object, what: string): void {
    if (this.logged.has(name)) return;
    this.logged.add(name);
    this.logger.warn(fields, `${what}; used as it is`);
  }

  /** Declares it if it is missing. Returns how what exists differs from our declaration, the first time it is compared. */
  private async ensureExists(
    connection: ChannelModel,
    name: string,
    { check, declare }: Record<'check' | 'declare', (channel: Channel) => Promise<unknown>>,
  ): Promise<string | undefined> {
    const found = await attempt(connection, check);
    if (!found.ok && found.refusal.code !== NOT_FOUND) throw refused('check', name, found.refusal);
    if (found.ok && this.compared.has(name)) return undefined;
    // AMQP cannot read arguments; declaring what exists changes nothing, and the refusal names the difference.
    const difference = this.differenceIn(name, found.ok, await attempt(connection, declare));
    this.compared.add(name);
    return difference;
  }

  private differenceIn(
    name: string,
    existed: boolean,
    declared: Attempt<unknown>,
  ): string | undefined {
    if (declared.ok) {
      this.asDeclared.add(name);
      return undefined;
    }
    this.asDeclared.delete(name);
    const { code, text } = declared.refusal;
    // Another instance, or another team, may have declared it between our check and our declaration.
    if (code === PRECONDITION_FAILED && (existed || text.includes('inequivalent'))) return text;
    if (existed) return undefined; // we may not declare it, but it exists
    throw refused('declare', name, declared.refusal);
  }
}

function refused(what: string, name: string, { code, text }: Refusal): TopologyError {
  const advice =
    code === 403
      ? 'Grant the user of RABBITMQ_URL configure, write and read on it, or declare it beforehand.'
      : 'Declare it beforehand as you need it, or set QUEUE_NAMESPACE to use names of your own.';
  return new TopologyError(`RabbitMQ refused to ${what} '${name}': ${text}. ${advice}`);
}

/**
 * Ensures the topology again at run time, as when somebody deleted a queue: once for all concurrent callers, and at most
 * once a second, or a routing key that leads nowhere would keep the broker busy.
 */
export class TopologyRepair {
  private running?: Promise<unknown>;
  private latest?: { at: number; problem: unknown };

  /**
   * @param timeoutMs for one repair, at most
   * @param delayMs before it starts: RabbitMQ (seen with 3.10) needs about 50 ms to notify the consumers of a deleted
   * quorum queue; declared again sooner, the queue delivers to consumers that no longer exist
   */
  constructor(
    private readonly ensure: () => Promise<void>,
    private readonly timeoutMs: number,
    private readonly delayMs = 250,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Resolves when the topology was ensured, now or within the last second, with the error if that failed. Never rejects. */
  async repair(): Promise<unknown> {
    const { latest } = this;
    if (latest && this.now() - latest.at < REPAIR_EVERY_MS) return latest.problem;
    return (this.running ??= this.run().finally(() => (this.running = undefined)));
  }

  private async run(): Promise<unknown> {
    await sleep(this.delayMs);
    let problem: unknown = new Error(`RabbitMQ did not answer within ${this.timeoutMs} ms`);
    await within(this.timeoutMs, () =>
      this.ensure().then(
        () => (problem = undefined),
        (error: unknown) => (problem = error),
      ),
    );
    this.latest = { at: this.now(), problem };
    return problem;
  }
}
