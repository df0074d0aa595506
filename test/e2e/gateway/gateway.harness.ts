import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Envelope } from '@push/contracts';
import type { GetMessage } from 'amqplib';
import { Redis } from 'ioredis';
import { startGateway } from '../../../apps/api-gateway/src/start';
import { TestBroker } from '../../support/broker';
import { RABBITMQ_URL, REDIS_URL } from '../../support/servers';
import { waitFor } from '../../support/wait-for';

/** An answer of a gateway. */
export interface Answer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are read as they come
  body: Envelope<any>;
}

/** A body for POST /api/v1/notifications/. */
export type NotificationBody = Record<string, unknown> & { request_id: string };

/** Gateways of a test's own: one set of queues and keys, any number of instances. */
export class GatewayHarness {
  readonly namespace = `test-${randomBytes(5).toString('hex')}.`;
  readonly redis = new Redis(REDIS_URL);
  private readonly apps: NestFastifyApplication[] = [];
  private readonly origins: string[] = [];
  private broker?: TestBroker;

  /** Starts one more instance; the first waits until it can accept. */
  async start(variables: Record<string, string> = {}): Promise<void> {
    const app = await startGateway({
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'silent',
      RABBITMQ_URL,
      REDIS_URL,
      QUEUE_NAMESPACE: this.namespace,
      REDIS_NAMESPACE: this.namespace,
      BREAKER_OPEN_MS: '200',
      ...variables,
    });
    this.apps.push(app);
    this.origins.push(await app.getUrl());
    this.broker ??= await TestBroker.open(this.namespace);
  }

  async untilReady(instance = 0): Promise<void> {
    await waitFor('the gateway to be ready', async () => {
      const answer = await fetch(`${this.origins[instance]}/api/v1/health/ready`);
      await answer.body?.cancel();
      return answer.ok;
    });
  }

  /** A notification request that nobody has sent before, and what is to be different about it. */
  notification(changes: Record<string, unknown> = {}): NotificationBody {
    return {
      notification_type: 'push',
      user_id: 'test-user-123',
      template_code: 'Welcome {{name}}!',
      variables: { name: 'John', link: 'https://example.com', meta: {} },
      request_id: `req-${randomBytes(5).toString('hex')}`,
      priority: 2,
      metadata: { campaign_id: '123' },
      ...changes,
    };
  }

  post(body: unknown, headers: Record<string, string> = {}, instance = 0): Promise<Answer> {
    return this.request('POST', '/api/v1/notifications/', body, headers, instance);
  }

  report(body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('POST', '/api/v1/push/status/', body, headers);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('GET', path, undefined, headers);
  }

  find(id: unknown): Promise<Answer> {
    return this.get(`/api/v1/notifications/${encodeURIComponent(String(id))}`);
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    instance = 0,
  ): Promise<Answer> {
    const response = await fetch(this.origins[instance]! + path, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Answer['body'],
    };
  }

  /** Everything that has been published, taken out of the queue. */
  async published(): Promise<GetMessage[]> {
    return (await this.broker?.take('push.queue')) ?? [];
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.close()));
    await this.broker?.close();
    for await (const keys of this.redis.scanStream({ match: `${this.namespace}*`, count: 1000 })) {
      if ((keys as string[]).length > 0) await this.redis.unlink(...(keys as string[]));
    }
    await this.redis.quit();
  }
}

/** A message's body. */
export function bodyOf(message: GetMessage): Record<string, unknown> {
  return JSON.parse(message.content.toString()) as Record<string, unknown>;
}
