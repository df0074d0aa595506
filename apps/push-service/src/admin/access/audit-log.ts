import { Logger } from '@nestjs/common';
import type { AdminRequest } from './admin-request';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const logger = new Logger('Admin');

/** Whether a request only looks. */
export function isReading({ method }: AdminRequest): boolean {
  return READING.has(method);
}

/** Logs a use of the admin API with who it was. Looks are of interest only to somebody who looks for them. */
export function logDone(request: AdminRequest): void {
  const level = isReading(request) ? 'debug' : 'log';
  logger[level]({ ...fieldsOf(request), result: 'done' }, 'Admin action');
}

/** Logs one that was refused; an actor is named where a key was known. */
export function logRefused(request: AdminRequest, result: string): void {
  logger.warn({ ...fieldsOf(request), address: request.ip, result }, 'Admin action refused');
}

function fieldsOf({ adminActor, method, routeOptions, params }: AdminRequest): object {
  return { actor: adminActor, action: `${method} ${routeOptions?.url ?? 'unknown'}`, params };
}
