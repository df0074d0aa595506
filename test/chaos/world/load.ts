import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { DirectPublisher } from './direct-publisher';
import { knownRequest, type KnownRequest } from './request';
import type { World } from './world';

export interface LoadOptions {
  /** First part of every request's id. */
  name: string;
  requests: number;
  /** Requests a second. */
  rate: number;
  /** `gateway` POSTs, again and again until it is accepted; `broker` publishes as another gateway would. */
  by?: 'gateway' | 'broker';
  /** Whether some requests come twice: by another POST, or by another message in the queue. @default true */
  repeats?: boolean;
  /** Added to every request. */
  extra?: (n: number) => object;
}

const TICK_MS = 20;
/** Wait before a request that was not accepted is sent again. */
const AGAIN_MS = 250;
const MOST_UNDER_WAY = 300;
const PATIENCE_MS = 180_000;

/** Requests with known ids, at an even rate, each sent until somebody has answered for it. */
export class Load {
  /** By id, with the time of acceptance in epoch milliseconds. */
  readonly accepted = new Map<string, number>();
  readonly requests = new Map<string, KnownRequest>();
  /** Ids of requests that lie in the queue twice. */
  readonly copied = new Set<string>();
  private readonly agent = new Agent({ connections: 100 });
  private readonly direct: DirectPublisher;
  private readonly sending = new Set<Promise<void>>();
  private running?: Promise<void>;
  private held = false;

  constructor(
    private readonly world: World,
    private readonly options: LoadOptions,
  ) {
    this.direct = new DirectPublisher(() => world.servers.connect());
  }

  start(): void {
    this.running = this.run();
  }

  /** Resolves when this share of all requests is accepted. */
  async until(share: number): Promise<void> {
    const wanted = Math.floor(this.options.requests * share);
    const deadline = Date.now() + PATIENCE_MS;
    while (this.accepted.size < wanted) {
      if (Date.now() > deadline) throw new Error(`No ${wanted} requests were accepted in time`);
      await sleep(10);
    }
  }

  /** Sends nothing until it is released; resolves when nothing is under way. */
  async hold(): Promise<void> {
    this.held = true;
    while (this.sending.size > 0) await Promise.all(this.sending);
  }

  release(): void {
    this.held = false;
  }

  /** Resolves when all are accepted. */
  async end(): Promise<void> {
    await this.running;
  }

  /** Gives back its connections. */
  async close(): Promise<void> {
    await this.direct.close();
    await this.agent.close();
  }

  private async run(): Promise<void> {
    const { name, requests, rate } = this.options;
    const startedAt = performance.now();
    for (let n = 0; n < requests;) {
      const due = Math.min(requests, Math.ceil(((performance.now() - startedAt) / 1000) * rate));
      for (; n < due && !this.held && this.sending.size < MOST_UNDER_WAY; n += 1) {
        const known = knownRequest(name, n, this.world.people);
        this.requests.set(known.id, known);
        const sent = this.send(n, known).finally(() => this.sending.delete(sent));
        this.sending.add(sent);
      }
      await sleep(TICK_MS);
    }
    while (this.sending.size > 0) await Promise.all(this.sending);
  }

  private async send(n: number, { id, body }: KnownRequest): Promise<void> {
    const { by = 'gateway', repeats = true, extra } = this.options;
    const whole = { ...body, ...extra?.(n) };
    const tryOnce = (): Promise<string | undefined> =>
      by === 'gateway' ? this.post(whole) : this.publish(id, whole);
    let notificationId = await tryOnce();
    for (; notificationId === undefined; notificationId = await tryOnce()) await sleep(AGAIN_MS);
    this.accepted.set(id, Date.now());
    if (!repeats) return;
    // What comes twice is no promise of anybody's, so nobody waits for it to be taken.
    if (n % 10 === 4 && by === 'gateway') await this.post(whole);
    if (n % 20 !== 5) return;
    this.copied.add(id);
    await this.publish(id, { ...whole, notification_id: notificationId });
  }

  /** @returns the id it got; undefined where it was not accepted */
  private async publish(id: string, body: object): Promise<string | undefined> {
    return (await this.direct.publish(body)) ? id : undefined;
  }

  /** @returns the notification's id; undefined where it was not accepted */
  private async post(body: object): Promise<string | undefined> {
    try {
      const { statusCode, body: answer } = await request(
        `${this.world.gateway.url}/api/v1/notifications/`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
          dispatcher: this.agent,
          headersTimeout: 10_000,
        },
      );
      const text = await answer.text();
      if (statusCode >= 400 && statusCode < 500) throw new Refused(text);
      if (statusCode !== 202) return undefined;
      return (JSON.parse(text) as { data: { notification_id: string } }).data.notification_id;
    } catch (error) {
      if (error instanceof Refused) throw error;
      return undefined;
    }
  }
}

/** The gateway will never take it: the load itself is wrong. */
class Refused extends Error {}
