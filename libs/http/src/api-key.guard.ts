import {
  ForbiddenException,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { constantTimeIncludes } from './constant-time';

/** Who is let through. */
export interface ApiKeyOptions {
  /** The header that carries the key; `Authorization: Bearer` is taken as well. @default 'x-api-key' */
  header?: string;
  /** The keys that open. Several, so that they can be rotated. */
  keys: readonly string[];
  /** What happens while there is no key at all. */
  whileNoKeyIsSet: 'open' | 'closed';
  /** The variable that sets the keys, for the answer that says why a route is closed. */
  variable: string;
}

/** The part of a request a guard looks at. */
interface RequestWithHeaders {
  headers: Record<string, string | string[] | undefined>;
}

/**
 * Lets a request through that carries one of the keys. Extend it to say which:
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
   * @throws {ForbiddenException} while no key is set and the routes are closed then
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
