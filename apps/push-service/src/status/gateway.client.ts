import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HEADERS, headerText } from '@push/contracts';
import { inRequestSpan, type OutgoingRequest } from '@push/observability';
import { Dependencies, type Dependency } from '@push/resilience';
import { Pool } from 'undici';
import { StatusConfig } from './status.config';

const MAX_CONNECTIONS = 32;
const PROBE_INTERVAL_MS = 5000;
/** A longer response body is not read to its end: its connection is closed instead. */
const MAX_BODY_BYTES = 65_536;
/**
 * Client errors that are worth a retry: credentials can be corrected, a timeout or a limit passes, and a missing route
 * (404, 405, 410) means a wrong deployment, not a wrong status.
 */
const RETRYABLE_CLIENT_ERRORS = new Set([401, 403, 404, 405, 408, 410, 425, 429]);

/** The gateway did not accept a status now. It is reported again until it does. */
export class StatusNotTakenError extends Error {
  readonly code = 'STATUS_NOT_TAKEN';
  readonly retryable = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StatusNotTakenError';
  }
}

/** The gateway will never accept this status. It is dead-lettered. */
export class StatusRefusedError extends Error {
  readonly code = 'STATUS_REFUSED';
  readonly retryable = false;

  constructor(readonly httpStatus: number) {
    super(
      `The gateway refused the status with HTTP ${httpStatus}; compare its contract with STATUS_CALLBACK_URL`,
    );
    this.name = 'StatusRefusedError';
  }
}

/** Reports status events to the gateway over HTTP. */
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
      openMs: PROBE_INTERVAL_MS,
      probe: () => this.probe(),
      classifyError: (error) => (error instanceof StatusRefusedError ? 'success' : 'failure'),
    });
    if (config.callbackUrl === undefined) return;
    const url = new URL(config.callbackUrl);
    this.path = url.pathname + url.search;
    this.route = { method: 'POST', origin: url.origin, route: url.pathname };
    this.pool = new Pool(url.origin, {
      connections: MAX_CONNECTIONS,
      headersTimeout: config.timeoutMs,
      bodyTimeout: config.timeoutMs,
      connectTimeout: config.timeoutMs,
    });
  }

  /** Whether a gateway is configured. */
  get hasGateway(): boolean {
    return this.pool !== undefined;
  }

  /**
   * POSTs one status event, as JSON.
   * @throws {StatusNotTakenError} or {DependencyDownError} when a retry can succeed
   * @throws {StatusRefusedError} when it cannot
   */
  post(event: Buffer, correlationId: string | undefined): Promise<void> {
    return this.gateway.execute(() => this.report(event, correlationId));
  }

  /**
   * POSTs an empty event, which a gateway refuses after it has checked our secret. Bypasses the circuit breaker.
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
      (trace) =>
        this.request('POST', event, {
          ...trace,
          ...(correlationId && { [HEADERS.correlationId]: headerText(correlationId) }),
        }),
      (answered) => answered,
    );
    if (status >= 200 && status < 300) return;
    if (status < 400 || status >= 500 || RETRYABLE_CLIENT_ERRORS.has(status)) {
      throw new StatusNotTakenError(`The gateway answered a status with HTTP ${status}`);
    }
    throw new StatusRefusedError(status);
  }

  /** Succeeds when the status route answers with anything but a server error. */
  private async probe(): Promise<void> {
    const status = await this.request('GET');
    if (status >= 500) throw new StatusNotTakenError(`The gateway answers with HTTP ${status}`);
  }

  /** @returns the HTTP status; that is enough, even where the connection breaks before the end of the body */
  private async request(
    method: 'GET' | 'POST',
    body?: Buffer,
    headers?: Record<string, string>,
  ): Promise<number> {
    if (!this.pool) throw new StatusNotTakenError('STATUS_CALLBACK_URL is empty');
    try {
      const response = await this.pool.request({
        method,
        path: this.path,
        body,
        headers: {
          ...(body && { 'content-type': 'application/json' }),
          ...(this.config.secret && { 'x-status-secret': this.config.secret }),
          ...headers,
        },
      });
      await response.body.dump({ limit: MAX_BODY_BYTES });
      return response.statusCode;
    } catch (error) {
      throw new StatusNotTakenError('The gateway cannot be reached', { cause: error });
    }
  }
}
