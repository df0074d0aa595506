import { createHash, timingSafeEqual } from 'node:crypto';
import {
  ForbiddenException,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';

/** Which keys are accepted, and where. */
export interface ApiKeyOptions {
  /** The header that carries the key; `Authorization: Bearer` is accepted as well. @default 'x-api-key' */
  header?: string;
  /** The accepted keys: several, so that they can be rotated. */
  keys: readonly string[];
  /** Whether routes are open or closed while no key is configured. */
  whileNoKeyIsSet: 'open' | 'closed';
  /** The environment variable that sets the keys, for the answer of a closed route. */
  variable: string;
}

/** The part of a request that a guard reads. */
interface RequestWithHeaders {
  headers: Record<string, string | string[] | undefined>;
}

/**
 * Accepts a request that carries one of the keys. Extend it to configure them:
 *
 * ```ts
 * export class AdminGuard extends ApiKeyGuard {
 *   constructor(config: AdminConfig) {
 *     super({ keys: config.apiKeys, whileNoKeyIsSet: 'closed', variable: 'ADMIN_API_KEYS' });
 *   }
 * }
 * ```
 */
export abstract class ApiKeyGuard implements CanActivate {
  constructor(private readonly options: ApiKeyOptions) {}

  /**
   * @throws {UnauthorizedException} without a key, or with a wrong one
   * @throws {ForbiddenException} while no key is set, where the routes are closed then
   */
  canActivate(context: ExecutionContext): boolean {
    const { keys, whileNoKeyIsSet, variable, header = 'x-api-key' } = this.options;
    if (keys.length === 0) {
      if (whileNoKeyIsSet === 'open') return true;
      throw new ForbiddenException(`This route is closed until ${variable} is set`);
    }
    const { headers } = context.switchToHttp().getRequest<RequestWithHeaders>();
    const key = apiKeyOf(headers, header);
    if (key !== undefined && constantTimeIncludes(keys, key)) return true;
    throw new UnauthorizedException(
      `Send a valid key in the ${header} header, or as Authorization: Bearer`,
    );
  }
}

/** The key that a request carries, if any: in the header, or as bearer. */
export function apiKeyOf(
  headers: RequestWithHeaders['headers'],
  header = 'x-api-key',
): string | undefined {
  return single(headers[header]) ?? bearer(single(headers['authorization']));
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function bearer(authorization?: string): string | undefined {
  return authorization && /^bearer +(.+)$/i.exec(authorization)?.[1]?.trim();
}

/** Compares two secrets in a time that reveals nothing about either, their lengths included. */
function constantTimeEquals(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

/** Whether a secret is one of several, in a time that does not reveal which. */
function constantTimeIncludes(secrets: readonly string[], candidate: string): boolean {
  return constantTimeFind(secrets, candidate, (secret) => secret) !== undefined;
}

/** The entry with this secret, in a time that does not reveal which. */
export function constantTimeFind<T>(
  entries: readonly T[],
  candidate: string,
  secretOf: (entry: T) => string,
): T | undefined {
  let found: T | undefined;
  for (const entry of entries) {
    if (constantTimeEquals(secretOf(entry), candidate)) found = entry;
  }
  return found;
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
