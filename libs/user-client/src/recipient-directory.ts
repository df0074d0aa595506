import { Injectable } from '@nestjs/common';
import { UserServiceConfig } from '@push/config';
import { headerText, parseRecipient, type Recipient } from '@push/contracts';
import { inRequestSpan, type OutgoingRequest } from '@push/observability';
import { type CallResult, Dependencies, type Dependency } from '@push/resilience';
import { DelegateBackoff, handleWhen, retry } from 'cockatiel';
import { UserServiceError } from './user-client.errors';
import { userServiceAddress, UserServiceClient } from './user-service.client';

/** Where users and their devices are found. */
export abstract class RecipientDirectory {
  /**
   * @returns undefined when there is no such user
   * @throws {DependencyDownError} while the user service's breaker is open
   * @throws {UserServiceError} when no sound answer came, after the retries
   */
  abstract lookup(userId: string, correlationId: string): Promise<Recipient | undefined>;

  /**
   * Resolves when the directory says that it is well; looks nobody up.
   * @throws {UserServiceError} when it does not
   */
  abstract check(): Promise<void>;
}

/** A message waits for its look-up, so it is tried once more and this soon; longer outages are the breaker's. */
const BACKOFF_MS = 100;

const retries = retry(handleWhen(isRetriedAtOnce), {
  maxAttempts: 1,
  backoff: new DelegateBackoff(() => BACKOFF_MS * (1 + Math.random())),
});

/**
 * Looks users up over HTTP, each time anew: a token may have changed a second ago.
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
    return retries.execute(() =>
      this.dependency.execute(() => this.ask(userId, path, correlationId)),
    );
  }

  check(): Promise<void> {
    return this.client.check(this.address.healthPath);
  }

  private async ask(userId: string, path: string, correlationId: string) {
    const headers = { 'x-correlation-id': headerText(correlationId) };
    const answer = await inRequestSpan(
      this.route,
      (trace) => this.client.get(path, { ...headers, ...trace }),
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

/** A request that the service refuses is no failure of the service. */
function classifyError(error: unknown): CallResult {
  return error instanceof UserServiceError && !error.retryable ? 'success' : 'failure';
}

function isRetriedAtOnce(error: unknown): boolean {
  return error instanceof UserServiceError && ['UNAVAILABLE', 'TIMEOUT'].includes(error.code);
}
