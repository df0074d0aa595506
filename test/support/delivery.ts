import { BreakerConfig, loadConfig, RetryConfig } from '@push/config';
import type { Recipient } from '@push/contracts';
import { FcmTransport, GuardedFcm, type PushMessage, type SendResult } from '@push/fcm';
import { FakeClaimStore } from '@push/idempotency';
import { Metrics } from '@push/observability';
import { type Parkable, PushContext } from '@push/queue';
import type { RedisConnection } from '@push/redis';
import { Dependencies } from '@push/resilience';
import { FakeDeadTokenReporter, RecipientDirectory } from '@push/user-client';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { GuardedPublisher } from '../../apps/push-service/src/broker/guarded.publisher';
import { ClaimGuard, ClaimRecorder } from '../../apps/push-service/src/delivery/claim-guard';
import { DeadLetters } from '../../apps/push-service/src/delivery/dead-letters';
import { DeliveryConfig } from '../../apps/push-service/src/delivery/delivery.config';
import { DeliveryPipeline } from '../../apps/push-service/src/delivery/delivery.pipeline';
import { FcmSender } from '../../apps/push-service/src/delivery/fcm.sender';
import { Finalizer, type InFlightMessage } from '../../apps/push-service/src/delivery/finalizer';
import { PoisonGuard } from '../../apps/push-service/src/delivery/poison-guard';
import { RecipientFinder } from '../../apps/push-service/src/delivery/recipients';
import { Renderer, Templates } from '../../apps/push-service/src/delivery/renderer';
import { Telemetry } from '../../apps/push-service/src/delivery/telemetry';
import { DeliveryMetrics } from '../../apps/push-service/src/metrics/delivery.metrics';
import { StatusConfig } from '../../apps/push-service/src/status/status.config';
import { StatusPublisher } from '../../apps/push-service/src/status/status.publisher';
import type { Timeline } from '../../apps/push-service/src/timeline/timeline';
import type { TimelineEvents } from '../../apps/push-service/src/timeline/timeline.store';
import { DeadTokenQueue } from '../../apps/push-service/src/token-cleanup/dead-token-queue';
import { TokenCleanup } from '../../apps/push-service/src/token-cleanup/token-cleanup';
import { TokenSafetyThreshold } from '../../apps/push-service/src/token-cleanup/token-safety-threshold';
import { TokenCleanupMetrics } from '../../apps/push-service/src/token-cleanup/token-cleanup.metrics';

type Answer = SendResult | ((message: PushMessage) => SendResult);

/** A transport that answers as the test says, by token; it accepts where nothing is said. */
export class ScriptedTransport extends FcmTransport {
  readonly sent: PushMessage[] = [];
  /** Times of the sends, in epoch milliseconds. */
  readonly sentAt: number[] = [];
  readonly answers = new Map<string, Answer[]>();
  readonly sessions = 0;
  readonly streams = 0;
  mostAtOnce = 0;
  private atOnce = 0;

  async send(message: PushMessage): Promise<SendResult> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    this.sent.push(message);
    this.sentAt.push(Date.now());
    await Promise.resolve();
    this.atOnce -= 1;
    const answer = this.answers.get(message.token)?.shift();
    if (answer === undefined) return { accepted: true, messageId: `m-${this.sent.length}` };
    return typeof answer === 'function' ? answer(message) : answer;
  }

  /** Tokens in the order they were sent to. */
  get tokens(): string[] {
    return this.sent.map(({ token }) => token);
  }
}

/** A user service that answers as the test says. */
export class ScriptedDirectory extends RecipientDirectory {
  answer: () => Recipient | undefined = () => undefined;
  lookups = 0;

  check(): Promise<void> {
    return Promise.resolve();
  }

  async lookup(): Promise<Recipient | undefined> {
    this.lookups += 1;
    return this.answer();
  }
}

/** A publisher that keeps what was published, and fails while it has an error. */
export class FakePublisher {
  readonly published: { routingKey: string; body: unknown }[] = [];
  parkedWith?: Record<string, unknown>;
  copiedWith?: Record<string, unknown>;
  error?: Error;

  constructor(private readonly steps: string[]) {}

  async publish(routingKey: string, body: unknown): Promise<void> {
    await this.step(routingKey);
    this.published.push({ routingKey, body });
  }

  async park(_: Parkable, delayMs: number, headers: Record<string, unknown>): Promise<void> {
    await this.step(`park ${delayMs}`);
    this.parkedWith = headers;
  }

  async requeueCopy(_: Parkable, headers: Record<string, unknown>): Promise<void> {
    await this.step('requeue a copy');
    this.copiedWith = headers;
  }

  private async step(name: string): Promise<void> {
    if (this.error) throw this.error;
    await Promise.resolve();
    this.steps.push(name);
  }
}

/** Redis as far as the poison guard uses it: one count. */
export class FakeStartCount {
  /** Undefined while Redis cannot be reached. */
  value: number | undefined = 0;

  run = (command: (client: unknown) => Promise<unknown>): Promise<unknown> => {
    if (this.value === undefined) return Promise.reject(new Error('The test says so'));
    return command({
      // The script counts this start too; the guard is told the starts before it plus this one.
      eval: () => Promise.resolve(this.value),
      del: () => Promise.resolve((this.value = 0)),
      set: (_: string, count: number) => Promise.resolve((this.value = count)),
    });
  };

  key = (name: string): string => name;
}

export function configured<T>(
  config: new (env: never) => T,
  source: Record<string, string> = {},
): T {
  return loadConfig([config as never], source).get(config as never) as T;
}

export interface PipelineOptions {
  env?: Record<string, string>;
  leaseMs?: number;
}

/** The delivery pipeline with every step real and every dependency scripted. */
export class TestPipeline {
  /** What was done to the broker and to claims, in order. */
  readonly steps: string[] = [];
  readonly transport = new ScriptedTransport();
  readonly directory = new ScriptedDirectory();
  readonly publisher = new FakePublisher(this.steps);
  readonly startCount = new FakeStartCount();
  readonly metrics = new Metrics();
  readonly dead = new DeadTokenQueue();
  readonly threshold = new TokenSafetyThreshold({ windowMs: 60_000, percent: 50, min: 2 });
  /** Milliseconds by which the clock of the claims is ahead. */
  aheadMs = 0;
  readonly claims: FakeClaimStore;
  readonly dependencies = new Dependencies(configured(BreakerConfig));
  readonly fcm: GuardedFcm;
  readonly poison: PoisonGuard;
  readonly guard: ClaimGuard;
  readonly recorder = new ClaimRecorder();
  readonly sender: FcmSender;
  readonly telemetry: Telemetry;
  readonly pipeline: DeliveryPipeline;
  /** Timelines that were written, by request. */
  readonly timelines = new Map<string, TimelineEvents>();
  private readonly templates: Templates;

  constructor({ env = {}, leaseMs = 60_000 }: PipelineOptions = {}) {
    const config = configured(DeliveryConfig, env);
    this.claims = new FakeClaimStore({ leaseMs, now: () => Date.now() + this.aheadMs });
    const fresh = () => Promise.reject(new Error('no token'));
    this.fcm = new GuardedFcm(this.transport, { fresh }, this.dependencies);
    const timeline = {
      write: ({ requestId }: { requestId: string }, events: TimelineEvents) =>
        this.timelines.set(requestId, events),
    } as unknown as Timeline;
    this.telemetry = new Telemetry(new DeliveryMetrics(this.metrics), timeline);
    this.poison = new PoisonGuard(this.startCount as unknown as RedisConnection, config);
    this.guard = new ClaimGuard(this.claims, this.poison);
    const { dead, threshold } = this;
    const cleanup = new TokenCleanup(
      new FakeDeadTokenReporter(),
      threshold,
      dead,
      new TokenCleanupMetrics(new Metrics(), dead, threshold),
    );
    const retries = configured(RetryConfig, { RETRY_INITIAL_DELAY_MS: '1', ...env });
    this.sender = new FcmSender(this.fcm, retries, this.recorder, cleanup);
    this.templates = new Templates(config);
    const publisher = this.publisher as unknown as GuardedPublisher;
    this.pipeline = new DeliveryPipeline(
      this.poison,
      this.guard,
      new RecipientFinder(this.directory, config),
      new Renderer(this.templates, config),
      this.sender,
      new Finalizer(
        this.recorder,
        new DeadLetters(publisher),
        new StatusPublisher(publisher, configured(StatusConfig)),
        publisher,
      ),
      this.telemetry,
      config,
    );
  }

  async start(): Promise<this> {
    await this.templates.onModuleInit();
    return this;
  }

  stop(): void {
    this.dependencies.onApplicationShutdown();
  }

  /** The context of a message; its settlement becomes a step. */
  context(
    body: object,
    headers: Record<string, unknown> = {},
    fields: Partial<ConsumeMessage['fields']> = {},
    properties: Partial<ConsumeMessage['properties']> = {},
  ): PushContext {
    const message = {
      content: Buffer.from(JSON.stringify(body)),
      fields: { exchange: 'e', routingKey: 'push', redelivered: false, ...fields },
      properties: { headers, ...properties },
    } as unknown as ConsumeMessage;
    return new PushContext(message, null as unknown as Channel, (_, how) => this.steps.push(how));
  }

  /** A message in flight. */
  message(
    body: object,
    headers: Record<string, unknown> = {},
    fields: Partial<ConsumeMessage['fields']> = {},
  ): InFlightMessage {
    const context = this.context(body, headers, fields);
    return { body: { ok: true, value: body }, context, telemetry: this.telemetry.begin(context) };
  }
}
