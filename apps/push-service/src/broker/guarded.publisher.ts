import { Injectable } from '@nestjs/common';
import { Publisher, PublishError, type Parkable, type PublishOptions } from '@push/queue';
import { Dependencies, type Dependency } from '@push/resilience';

/** Short, as the probe sends nothing: it only reads whether there is a connection. */
const PROBE_INTERVAL_MS = 1000;

/**
 * Publishes through the broker's circuit breaker: while the broker confirms nothing, intake is paused, instead of each
 * message being delivered, refused and requeued again and again.
 */
@Injectable()
export class GuardedPublisher {
  private readonly broker: Dependency;

  constructor(
    private readonly publisher: Publisher,
    dependencies: Dependencies,
  ) {
    this.broker = dependencies.create({
      name: 'rabbitmq',
      openMs: PROBE_INTERVAL_MS,
      probe: () => this.probe(),
      classifyError: (error) =>
        error instanceof PublishError && error.retryable ? 'failure' : 'success',
    });
  }

  /** @throws {PublishError} or {DependencyDownError}; see {@link Publisher.publish} */
  publish(routingKey: string, body: object, options?: PublishOptions): Promise<void> {
    return this.broker.execute(() => this.publisher.publish(routingKey, body, options));
  }

  /** @throws {PublishError} or {DependencyDownError}; see {@link Publisher.enqueue} */
  enqueue(queue: string, content: Buffer, options?: PublishOptions): Promise<void> {
    return this.broker.execute(() => this.publisher.enqueue(queue, content, options));
  }

  /** @throws {PublishError} or {DependencyDownError}; see {@link Publisher.park} */
  park(message: Parkable, delayMs: number, extraHeaders?: Record<string, unknown>): Promise<void> {
    return this.broker.execute(() => this.publisher.park(message, delayMs, extraHeaders));
  }

  /** @throws {PublishError} or {DependencyDownError}; see {@link Publisher.requeueCopy} */
  requeueCopy(message: Parkable, extraHeaders?: Record<string, unknown>): Promise<void> {
    return this.broker.execute(() => this.publisher.requeueCopy(message, extraHeaders));
  }

  private probe(): Promise<void> {
    return this.publisher.connected
      ? Promise.resolve()
      : Promise.reject(new Error('There is no connection to RabbitMQ'));
  }
}
