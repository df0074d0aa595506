import {
  HttpException,
  Injectable,
  Logger,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { tap, type Observable } from 'rxjs';

/** The part of a Fastify request that the admin API reads. */
export interface AdminRequest {
  method: string;
  ip: string;
  headers: Record<string, string | string[] | undefined>;
  /** The route, with the names of its parameters in place of their values. */
  routeOptions?: { url?: string };
  params?: unknown;
  /** Name of the key that was sent; set by the guard. */
  adminActor?: string;
}

const logger = new Logger('Admin');

/** Logs every use of the admin API with its actor. The effects of an action are logged by the action itself. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    // Reads are frequent and rarely of interest.
    const level = isRead(request) ? 'debug' : 'log';
    return next.handle().pipe(
      tap({
        next: () => logger[level]({ ...fieldsOf(request), result: 'done' }, 'Admin action'),
        error: (error: unknown) =>
          logRefused(
            request,
            error instanceof HttpException ? `HTTP ${error.getStatus()}` : 'failed',
          ),
      }),
    );
  }
}

export function isRead({ method }: AdminRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Logs a refused use; names the actor where the key was known. */
export function logRefused(request: AdminRequest, result: string): void {
  logger.warn({ ...fieldsOf(request), address: request.ip, result }, 'Admin action refused');
}

function fieldsOf({ adminActor, method, routeOptions, params }: AdminRequest): object {
  return { actor: adminActor, action: `${method} ${routeOptions?.url ?? 'unknown'}`, params };
}
