import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Envelope } from '@push/contracts';
import { startUserService } from '../../../apps/user-service/src/start';

/** An answer of the service: its status and its envelope. */
export interface Answer {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are read as they come
  body: Envelope<any>;
}

/** A user service of a test's own, on a free port with a database file of its own. */
export class UserServiceHarness {
  private app!: NestFastifyApplication;
  private origin!: string;
  private folder?: string;

  async start(variables: Record<string, string> = {}): Promise<this> {
    this.folder ??= await mkdtemp(join(tmpdir(), 'user-service-'));
    this.app = await startUserService({
      PORT: '0',
      DATABASE_FILE: join(this.folder, 'nested', 'users.sqlite'),
      LOG_LEVEL: 'silent',
      ...variables,
    });
    this.origin = await this.app.getUrl();
    return this;
  }

  async restart(variables: Record<string, string> = {}): Promise<void> {
    await this.app.close();
    await this.start(variables);
  }

  async stop(): Promise<void> {
    await this.app.close();
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.origin + path, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }
}
