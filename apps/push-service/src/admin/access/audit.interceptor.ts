import {
  HttpException,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { tap, type Observable } from 'rxjs';
import type { AdminRequest } from './admin-request';
import { logDone, logRefused } from './audit-log';

/** Logs every use of the admin API with who it was. What an action has done is logged by the action itself. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    return next.handle().pipe(
      tap({
        next: () => logDone(request),
        error: (error: unknown) => logRefused(request, resultOf(error)),
      }),
    );
  }
}

function resultOf(error: unknown): string {
  return error instanceof HttpException ? `HTTP ${error.getStatus()}` : 'failed';
}
