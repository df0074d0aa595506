import {
  HttpException,
  Injectable,
  Logger,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { tap, type Observable } from 'rxjs';
import type { AdminRequest } from './admin-request';

/** Logs every use of the admin API with who it was. What an action has done is logged by the action itself. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  private readonly logger = new Logger('Admin');

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    const fields = {
      actor: request.adminActor,
      action: `${request.method} ${request.routeOptions?.url ?? 'unknown'}`,
      params: request.params,
    };
    return next.handle().pipe(
      tap({
        next: () => this.logger.log({ ...fields, result: 'done' }, 'Admin action'),
        error: (error: unknown) =>
          this.logger.warn({ ...fields, result: resultOf(error) }, 'Admin action refused'),
      }),
    );
  }
}

function resultOf(error: unknown): string {
  return error instanceof HttpException ? `HTTP ${error.getStatus()}` : 'failed';
}
