import { Module } from '@nestjs/common';
import { DevicesController } from './devices.controller';
import { DevicesStore } from './devices.store';
import { UserDirectory } from './user-directory';
import { UsersController } from './users.controller';
import { UsersStore } from './users.store';

/** Users, their devices and their preferences. */
@Module({
  controllers: [UsersController, DevicesController],
  providers: [UsersStore, DevicesStore, UserDirectory],
  exports: [UserDirectory, UsersStore],
})
export class UsersModule {}
