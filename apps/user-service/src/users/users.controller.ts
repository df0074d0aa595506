import {
  Body,
  Controller,
  Get,
  NotFoundException,
  Param,
  Patch,
  Put,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import { pageMeta, success, type Envelope } from '@push/contracts';
import { ApiJsonBody } from '@push/http';
import { CallerGuard } from '../caller.guard';
import { UserDirectory, type UserProfile } from './user-directory';
import { PageQuery, PreferencesDto, UserDto, UserPath } from './user.dto';
import { userSchema } from './user.schema';
import { UsersStore, type User } from './users.store';

/** Users and what they want to be sent. */
@Controller('users')
@UseGuards(CallerGuard)
export class UsersController {
  constructor(
    private readonly directory: UserDirectory,
    private readonly users: UsersStore,
  ) {}

  @Get()
  list(@Query() { page, limit }: PageQuery): Envelope<User[]> {
    const meta = pageMeta(this.users.total(), page, limit);
    return success(this.users.page(page, limit), 'Users', meta);
  }

  @Get(':user_id')
  find(@Param() { user_id }: UserPath): Envelope<UserProfile> {
    return success(this.profile(user_id), 'User');
  }

  @Put(':user_id')
  @ApiJsonBody(userSchema)
  put(
    @Param() { user_id }: UserPath,
    @Body() user: UserDto,
    @Res({ passthrough: true }) reply: { status(code: number): unknown },
  ): Envelope<UserProfile> {
    const isNew = this.directory.put(user_id, user);
    reply.status(isNew ? 201 : 200);
    return success(this.profile(user_id), isNew ? 'User created' : 'User replaced');
  }

  @Patch(':user_id/preferences')
  setPreferences(
    @Param() { user_id }: UserPath,
    @Body() preferences: PreferencesDto,
  ): Envelope<User['preferences']> {
    const user = this.users.setPreferences(user_id, preferences);
    if (!user) throw userNotFound();
    return success(user.preferences, 'Preferences changed');
  }

  private profile(userId: string): UserProfile {
    const user = this.directory.find(userId);
    if (!user) throw userNotFound();
    return user;
  }
}

/** The answer for a user nobody knows. */
export function userNotFound(): NotFoundException {
  return new NotFoundException({ error: 'user_not_found', message: 'There is no such user' });
}
