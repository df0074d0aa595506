import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import {
  devicePathSchema,
  deviceSchema,
  devicesSchema,
  pageSchema,
  preferencesSchema,
  userPathSchema,
  userSchema,
} from './user.schema';

export class UserPath extends createZodDto(userPathSchema) {}
export class DevicePath extends createZodDto(devicePathSchema) {}
export class PageQuery extends createZodDto(pageSchema) {}
export class UserDto extends createZodDto(userSchema) {}
export class DeviceDto extends createZodDto(deviceSchema) {}
export class DevicesDto extends createZodDto(
  z.object({ devices: devicesSchema }, { error: 'send an object with a list of devices' }),
) {}
export class PreferencesDto extends createZodDto(
  preferencesSchema.refine(({ push, email }) => push !== undefined || email !== undefined, {
    error: 'send push or email, true or false',
  }),
) {}
