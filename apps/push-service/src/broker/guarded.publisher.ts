import { Injectable } from '@nestjs/common';
import { Publisher, PublishError, type Parkable, type PublishOptions } from '@push/queue';
import { Dependencies, type Dependency } from '@push/resilience';

/** A connection is looked at often: it costs nothing. */
const PROBE_EVERY_MS = 1000;

/**
 * Publishes behind the broker's breaker: a broker that confirms nothing any more pauses intake, instead of having each
 * message delivered, refused and requeued in a circle.
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
      openMs: PROBE_EVERY_MS,
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
