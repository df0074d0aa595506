import { Injectable } from '@nestjs/common';
import { UserServiceConfig } from '@push/config';
import { Dependencies, type Dependency } from '@push/resilience';
import { UserServiceError } from './user-client.errors';
import { type PathOf, userServiceAddress, UserServiceClient } from './user-service.client';

/** Where it is reported that a device token is dead, so that nobody sends to it any more. */
export abstract class DeadTokenReporter {
  /** False where the deployment wants no reports. */
  abstract readonly enabled: boolean;

  /**
   * Reports one token of one user. A token that is gone already counts as reported.
   * @throws {DependencyDownError} while the breaker of the reports is open
   * @throws {UserServiceError} when the report was not taken; `retryable` tells whether it may be later
   */
  abstract report(userId: string, token: string): Promise<void>;
}

/**
 * Reports over HTTP, by the configured route. The route has a breaker of its own (the dependency `token-reports`): where
 * it fails look-ups may succeed, and no push has to wait for it.
 */
@Injectable()
export class HttpDeadTokenReporter extends DeadTokenReporter {
  private readonly route?: { pathOf: PathOf; dependency: Dependency };

  constructor(
    private readonly client: UserServiceClient,
    private readonly config: UserServiceConfig,
    dependencies: Dependencies,
  ) {
    super();
    if (config.deadTokenPath === undefined) return;
    const address = userServiceAddress(config.url, config.deadTokenPath, config.healthPath);
    this.route = {
      pathOf: address.pathOf,
      // A refusal counts too: one may be due to its token, five in a row are due to the route.
      dependency: dependencies.create({
        name: 'token-reports',
        probe: () => client.check(address.healthPath),
      }),
    };
  }

  get enabled(): boolean {
    return this.route !== undefined;
  }

  async report(userId: string, token: string): Promise<void> {
    if (!this.route) return;
    const { pathOf, dependency } = this.route;
    const path = pathOf({ user_id: userId, token });
    if (path === undefined) {
      throw new UserServiceError('REFUSED', 'No path can hold this user id or token', false);
    }
    const method = this.config.deadTokenMethod;
    const body = method === 'POST' ? { user_id: userId, token } : undefined;
    await dependency.execute(() => this.client.command({ method, path, body }));
  }
}
