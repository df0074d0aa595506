import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { UserServiceConfig } from '@push/config';
import { headerText, parseRecipient, type Recipient } from '@push/contracts';
import { inRequestSpan, type OutgoingRequest } from '@push/observability';
import { Dependencies, type Dependency, type CallResult } from '@push/resilience';
import { RecipientDirectory } from './recipient-directory';
import { UserServiceError } from './user-client.errors';
import { UserServiceClient } from './user-service.client';
import { userServiceAddress } from './user-url';

/** A look-up holds up one message, so it is tried once more and this soon; longer troubles are the breaker's. */
const BACKOFF_MS = 100;

/**
 * Looks users up over HTTP, afresh each time: a token that changed a second ago has to count.
 *
 * The retry is around the breaker, so every request counts there (the dependency `user-service`).
 */
@Injectable()
export class HttpRecipientDirectory extends RecipientDirectory {
  private readonly dependency: Dependency;
  private readonly address: ReturnType<typeof userServiceAddress>;
  private readonly route: OutgoingRequest;

  constructor(
    private readonly client: UserServiceClient,
    config: UserServiceConfig,
    dependencies: Dependencies,
  ) {
    super();
    const { url, userPath, healthPath } = config;
    this.address = userServiceAddress(url, userPath, healthPath);
    this.route = { method: 'GET', origin: this.address.origin, route: pathOnly(userPath) };
    this.dependency = dependencies.create({
      name: 'user-service',
      probe: () => this.check(),
      classifyError,
    });
  }

  async lookup(userId: string, correlationId: string): Promise<Recipient | undefined> {
    const path = this.address.pathOf({ user_id: userId });
    if (path === undefined) return undefined;
    const attempt = () => this.dependency.execute(() => this.ask(userId, path, correlationId));
    try {
      return await attempt();
    } catch (error) {
      if (!isWorthAnotherTry(error)) throw error;
    }
    await delay(BACKOFF_MS * (1 + Math.random()));
    return attempt();
  }

  check(): Promise<void> {
    return this.client.check(this.address.healthPath);
  }

  private async ask(userId: string, path: string, correlationId: string) {
    const headers = ['x-correlation-id', headerText(correlationId)];
    const answer = await inRequestSpan(
      this.route,
      (trace) => this.client.get(path, trace ? headers.concat(...Object.entries(trace)) : headers),
      ({ found }) => (found ? 200 : 404),
    );
    if (!answer.found) return undefined;
    const recipient = parseRecipient(userId, answer.body);
    if (recipient) return recipient;
    throw new UserServiceError(
      'BAD_ANSWER',
      'The user service answered 200 with JSON that is no user',
    );
  }
}

/** A query in the template may carry a key. */
function pathOnly(template: string): string {
  return template.replace(/[?#].*$/s, '');
}

/** A request that the service would not take says nothing against the service. */
function classifyError(error: unknown): CallResult {
  return error instanceof UserServiceError && !error.retryable ? 'success' : 'failure';
}

function isWorthAnotherTry(error: unknown): boolean {
  return error instanceof UserServiceError && ['UNAVAILABLE', 'TIMEOUT'].includes(error.code);
}
