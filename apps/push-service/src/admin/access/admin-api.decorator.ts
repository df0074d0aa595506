import {
  applyDecorators,
  Controller,
  createParamDecorator,
  UseGuards,
  UseInterceptors,
  type ExecutionContext,
} from '@nestjs/common';
import { ApiSecurity, ApiTags } from '@nestjs/swagger';
import { ApiRefusals } from '@push/http';
import { AdminGuard } from './admin.guard';
import { AuditInterceptor, type AdminRequest } from './audit.interceptor';

/**
 * Makes a controller part of the admin API: below `/api/v1/admin`, behind a key, with an audit log and a description.
 * @param path below `admin`
 * @param tag the group of its operations in the API description
 */
export function AdminApi(path: string, tag: string): ClassDecorator {
  return applyDecorators(
    Controller(`admin/${path}`),
    UseGuards(AdminGuard),
    UseInterceptors(AuditInterceptor),
    ApiTags(tag),
    ApiSecurity('x-api-key'),
    ApiRefusals({
      400: ['validation_failed', 'limit: should be 100 or less'],
      401: [
        'unauthorized',
        'Send a valid key in the x-api-key header, or as Authorization: Bearer',
      ],
      403: ['forbidden', 'The admin API is closed until ADMIN_API_KEYS is set'],
      429: ['too_many_requests', 'Too many requests with this key; wait, and send fewer'],
      503: ['not_connected', 'A dependency of this service does not answer; try again shortly'],
    }),
  );
}

/** Handler parameter: the name of the key that was sent. Only behind the AdminGuard. */
export const Actor = createParamDecorator((_: undefined, context: ExecutionContext): string => {
  const { adminActor } = context.switchToHttp().getRequest<AdminRequest>();
  if (adminActor === undefined) throw new Error('@Actor() needs the AdminGuard');
  return adminActor;
});
