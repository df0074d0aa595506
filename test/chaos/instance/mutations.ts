import { randomUUID } from 'node:crypto';
import { Injectable, type Type } from '@nestjs/common';
import type { TestingModuleBuilder } from '@nestjs/testing';
import type { PushContent } from '@push/fcm';
import { IdempotencyConfig } from '@push/config';
import { RedisConnection } from '@push/redis';
import { ClaimStore, type Claim, type ClaimAnswer } from '@push/idempotency';
import { GuardedPublisher } from '../../../apps/push-service/src/broker/guarded.publisher';
import { Renderer } from '../../../apps/push-service/src/delivery/renderer';
import { Gate } from '../../../apps/push-service/src/consumer/gate';
import { DyingClaims } from './dying-claims';
import { DyingPublisher } from './dying-publisher';

/** A claim held by somebody else is taken all the same. */
@Injectable()
class ClaimsWithoutLeases extends DyingClaims {
  override async claim(requestId: string): Promise<ClaimAnswer> {
    const answer = await super.claim(requestId);
    if (answer.state !== 'held') return answer;
    await this.forget(requestId);
    return super.claim(requestId);
  }
}

/** A lease that has run out is nobody's to take over. */
@Injectable()
class ClaimsNeverTakenOver extends DyingClaims {
  override async claim(requestId: string): Promise<ClaimAnswer> {
    const answer = await super.claim(requestId);
    if (answer.state !== 'claimed' || !answer.claim.takenOver) return answer;
    return { state: 'held', remainingMs: 1000 };
  }
}

/** Claims that never write one thing down. */
function claimsWithout(omitted: keyof Claim): Type<ClaimStore> {
  @Injectable()
  class ClaimsWithout extends DyingClaims {
    override async claim(requestId: string): Promise<ClaimAnswer> {
      return without(omitted, await super.claim(requestId));
    }
  }
  return ClaimsWithout;
}

/** A lease is renewed by nobody, however long the work takes. */
@Injectable()
class ClaimsWithoutRenewal extends DyingClaims {
  constructor(redis: RedisConnection, config: IdempotencyConfig) {
    super(redis, config);
    this.onApplicationShutdown(); // ends the keeper of leases
  }
}

/** The answer with a claim that does not do one thing. */
function without(omitted: keyof Claim, answer: ClaimAnswer): ClaimAnswer {
  if (answer.state !== 'claimed') return answer;
  const forgetful: ProxyHandler<Claim> = {
    get: (claim, name: keyof Claim) => {
      if (name === omitted) return () => Promise.resolve();
      const value: unknown = claim[name];
      return typeof value === 'function' ? (value.bind(claim) as unknown) : value;
    },
  };
  return { ...answer, claim: new Proxy(answer.claim, forgetful) };
}

/** Publishing goes on in the background, as out of a buffer, and nobody waits for the broker to confirm. */
@Injectable()
class PublisherWithoutConfirms extends DyingPublisher {
  override publish(...args: Parameters<GuardedPublisher['publish']>): Promise<void> {
    setTimeout(() => void super.publish(...args).catch(() => undefined), 50);
    return Promise.resolve();
  }
}

/** A message that is to wait is acked away. */
@Injectable()
class PublisherThatParksNothing extends DyingPublisher {
  override park(): Promise<void> {
    return Promise.resolve();
  }
}

/** What goes back takes no answers along. */
@Injectable()
class PublisherWithoutAnswers extends DyingPublisher {
  override requeueCopy(...[message]: Parameters<GuardedPublisher['requeueCopy']>): Promise<void> {
    return super.requeueCopy(message);
  }
}

/** Intake goes on, whatever is down. */
@Injectable()
class GateAjar extends Gate {
  override onModuleInit(): void {
    // Listens to nobody.
  }
}

/** The same request has another place on the screen each time. */
@Injectable()
class RendererWithoutTag extends Renderer {
  override render(...args: Parameters<Renderer['render']>): PushContent {
    return { ...super.render(...args), tag: randomUUID() };
  }
}

type Mutate = (builder: TestingModuleBuilder) => TestingModuleBuilder;

/** push-service with one of its mechanisms broken: a scenario that does not notice proves nothing. */
const MUTATIONS: Readonly<Record<string, Mutate>> = {
  'lease check': (builder) => builder.overrideProvider(ClaimStore).useClass(ClaimsWithoutLeases),
  'lease renewal': (builder) => builder.overrideProvider(ClaimStore).useClass(ClaimsWithoutRenewal),
  'record of the end': (builder) =>
    builder.overrideProvider(ClaimStore).useClass(claimsWithout('finish')),
  'answers that go back': (builder) =>
    builder.overrideProvider(GuardedPublisher).useClass(PublisherWithoutAnswers),
  'take-over': (builder) => builder.overrideProvider(ClaimStore).useClass(ClaimsNeverTakenOver),
  'per-device record': (builder) =>
    builder.overrideProvider(ClaimStore).useClass(claimsWithout('recordDevice')),
  'decision before the dead letter': (builder) =>
    builder.overrideProvider(ClaimStore).useClass(claimsWithout('decide')),
  'confirm before ack': (builder) =>
    builder.overrideProvider(GuardedPublisher).useClass(PublisherWithoutConfirms),
  'parked retry': (builder) =>
    builder.overrideProvider(GuardedPublisher).useClass(PublisherThatParksNothing),
  gate: (builder) => builder.overrideProvider(Gate).useClass(GateAjar),
  tag: (builder) => builder.overrideProvider(Renderer).useClass(RendererWithoutTag),
};

/** @param name of the mechanism that is to be broken; none leaves all as it is */
export function mutate(
  builder: TestingModuleBuilder,
  name: string | undefined,
): TestingModuleBuilder {
  if (name === undefined) return builder;
  const mutation = MUTATIONS[name];
  if (!mutation)
    throw new Error(
      `There is no mutation '${name}'; there are ${Object.keys(MUTATIONS).join(', ')}`,
    );
  return mutation(builder);
}
