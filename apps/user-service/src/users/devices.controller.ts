import {
  Body,
  ConflictException,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Put,
  UseGuards,
} from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { type Envelope, success } from '@push/contracts';
import { ApiAnswer, ApiJsonBody, ApiRefusals } from '@push/http';
import { z } from 'zod';
import { CallerGuard, NO_SUCH_USER, UserApi } from '../user-api';
import { type Device, DevicesStore } from './devices.store';
import { UserDirectory } from './user-directory';
import {
  deviceAnswer,
  DeviceDto,
  DevicePath,
  deviceSchema,
  DevicesDto,
  devicesSchema,
  exampleDevice,
  exampleDeviceInput,
  MAX_DEVICES,
  UserPath,
} from './user.schema';
import { userNotFound } from './users.controller';

/** The devices a user's pushes go to. */
@Controller('users/:user_id/devices')
@UseGuards(CallerGuard)
@UserApi('Devices')
@ApiRefusals(NO_SUCH_USER)
export class DevicesController {
  constructor(
    private readonly directory: UserDirectory,
    private readonly devices: DevicesStore,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listDevices', summary: 'The devices of a user' })
  @ApiAnswer(deviceAnswer.array(), { description: 'Devices', example: [exampleDevice] })
  list(@Param() { user_id }: UserPath): Envelope<Device[]> {
    const user = this.directory.find(user_id);
    if (!user) throw userNotFound();
    return success(user.devices, 'Devices');
  }

  /** Registering again refreshes; a token that another user had moves here. */
  @Post()
  @ApiOperation({ operationId: 'registerDevice', summary: 'Register or refresh a device' })
  @ApiJsonBody(deviceSchema, exampleDeviceInput)
  @ApiAnswer(deviceAnswer.array(), { description: 'Device registered', example: [exampleDevice] })
  @ApiRefusals({
    409: ['too_many_devices', `A user has at most ${MAX_DEVICES} devices; remove one first`],
  })
  @HttpCode(200)
  register(@Param() { user_id }: UserPath, @Body() device: DeviceDto): Envelope<Device[]> {
    const registration = this.directory.register(user_id, device);
    switch (registration) {
      case 'registered':
        return success(this.devices.of(user_id), 'Device registered');
      case 'unknown_user':
        throw userNotFound();
      case 'too_many_devices':
        throw new ConflictException({
          error: registration,
          message: `A user has at most ${MAX_DEVICES} devices; remove one first`,
        });
    }
  }

  @Put()
  @ApiOperation({ operationId: 'replaceDevices', summary: 'Replace all devices of a user' })
  @ApiJsonBody(z.object({ devices: devicesSchema }), { devices: [exampleDeviceInput] })
  @ApiAnswer(deviceAnswer.array(), { description: 'Devices replaced', example: [exampleDevice] })
  replaceAll(@Param() { user_id }: UserPath, @Body() { devices }: DevicesDto): Envelope<Device[]> {
    if (!this.directory.replaceDevices(user_id, devices)) throw userNotFound();
    return success(this.devices.of(user_id), 'Devices replaced');
  }

  /** Removing what is not there is no error: a dead token may be reported more than once. */
  @Delete(':token')
  @ApiOperation({ operationId: 'removeDevice', summary: 'Remove a device' })
  @ApiAnswer(z.object({ removed: z.boolean() }), {
    description: 'Device removed',
    example: { removed: true },
  })
  remove(@Param() { user_id, token }: DevicePath): Envelope<{ removed: boolean }> {
    const removed = this.devices.remove(user_id, token);
    return success({ removed }, removed ? 'Device removed' : 'The user has no such device');
  }
}
