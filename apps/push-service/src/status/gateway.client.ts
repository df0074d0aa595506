import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'undici';
import { HEADERS, headerText } from '@push/contracts';
import { inRequestSpan, type OutgoingRequest } from '@push/observability';
import { Dependencies, type Dependency } from '@push/resilience';
import { StatusConfig } from './status.config';
import { statusOnly } from './status-only';
import { StatusNotTakenError, StatusRefusedError } from './status.errors';

/** Connections to the gateway at most. */
const CONNECTIONS = 32;
const PROBE_EVERY_MS = 5000;
/**
 * Client errors that pass: credentials may be set right, a time-out or a limit goes by, and where the route is not there
 * (404, 405, 410) it is the deployment that is wrong, not the status.
 */
const PASSING = new Set([401, 403, 404, 405, 408, 410, 425, 429]);

/** Reports to the gateway over HTTP. */
@Injectable()
export class GatewayClient implements OnApplicationShutdown {
  private readonly pool?: Pool;
  private readonly path: string = '';
  private readonly route: OutgoingRequest = { method: 'POST', origin: '', route: '' };
  private readonly gateway: Dependency;

  constructor(
    private readonly config: StatusConfig,
    dependencies: Dependencies,
  ) {
    this.gateway = dependencies.create({
      name: 'gateway',
      openMs: PROBE_EVERY_MS,
      probe: () => this.probe(),
      classifyError: (error) => (error instanceof StatusRefusedError ? 'success' : 'failure'),
    });
    if (config.callbackUrl === undefined) return;
    const url = new URL(config.callbackUrl);
    this.path = url.pathname + url.search;
    this.route = { method: 'POST', origin: url.origin, route: url.pathname };
    this.pool = new Pool(url.origin, {
      connections: CONNECTIONS,
      headersTimeout: config.timeoutMs,
      bodyTimeout: config.timeoutMs,
      connectTimeout: config.timeoutMs,
    });
  }

  /** Whether there is a gateway to report to. */
  get hasGateway(): boolean {
    return this.pool !== undefined;
  }

  /**
   * POSTs one status event, as JSON.
   * @throws {StatusNotTakenError} or {DependencyDownError} when it should be tried again
   * @throws {StatusRefusedError} when that is of no use
   */
  post(event: Buffer, correlationId: string | undefined): Promise<void> {
    return this.gateway.execute(() => this.report(event, correlationId));
  }

  /**
   * Reports nothing: an empty event, which a gateway refuses, after it has looked at our secret. Past the breaker.
   * @returns the HTTP status
   * @throws {StatusNotTakenError} when the gateway cannot be reached
   */
  ask(): Promise<number> {
    return this.request('POST', Buffer.from('{}'));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.destroy();
  }

  private async report(event: Buffer, correlationId: string | undefined): Promise<void> {
    const status = await inRequestSpan(
      this.route,
      (trace) => this.request('POST', event, { ...trace, ...identity(correlationId) }),
      (answered) => answered,
    );
    if (status >= 200 && status < 300) return;
    if (status < 400 || status >= 500 || PASSING.has(status)) {
      throw new StatusNotTakenError(`The gateway answered a status with HTTP ${status}`);
    }
    throw new StatusRefusedError(status);
  }

  /** Resolves when something that is not itself in trouble answers at the status route. */
  private async probe(): Promise<void> {
    const status = await this.request('GET');
    if (status >= 500) throw new StatusNotTakenError(`The gateway answers with HTTP ${status}`);
  }

  private async request(
    method: 'GET' | 'POST',
    body?: Buffer,
    headers?: Record<string, string>,
  ): Promise<number> {
    if (!this.pool) throw new StatusNotTakenError('STATUS_CALLBACK_URL is empty');
    try {
      return await statusOnly(this.pool, {
        method,
        path: this.path,
        body,
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(this.config.secret && { 'x-status-secret': this.config.secret }),
          ...headers,
        },
      });
    } catch (error) {
      throw new StatusNotTakenError('The gateway cannot be reached', { cause: error });
    }
  }
}

function identity(correlationId: string | undefined): Record<string, string> {
  return correlationId ? { [HEADERS.correlationId]: headerText(correlationId) } : {};
}
