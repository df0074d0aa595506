import { applyDecorators, Controller, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiSecurity, ApiTags } from '@nestjs/swagger';
import { ApiRefusals } from '@push/http';
import { AdminGuard } from './access/admin.guard';
import { AuditInterceptor } from './access/audit.interceptor';

/**
 * Makes a controller one of the admin API: below `/api/v1/admin`, behind a key, logged with its actor, described.
 * @param path below `admin`
 * @param tag under which its operations stand in the description
 */
export function AdminApi(path: string, tag: string): ClassDecorator {
  return applyDecorators(
    Controller(path === '' ? 'admin' : `admin/${path}`),
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
      429: ['too_many_requests', 'Too many requests with this key; wait, and ask less often'],
      503: [
        'not_connected',
        'A dependency of this service does not answer right now; try again shortly',
      ],
    }),
  );
}
