import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AdminRequest } from './admin-request';

/** Handler parameter: the name of the key that acts. Only behind the AdminGuard. */
export const Actor = createParamDecorator((_: undefined, context: ExecutionContext): string => {
  const { adminActor } = context.switchToHttp().getRequest<AdminRequest>();
  if (adminActor === undefined) throw new Error('@Actor() needs the AdminGuard');
  return adminActor;
});
