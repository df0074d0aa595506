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
import { ApiOperation } from '@nestjs/swagger';
import { type Envelope, pageMeta, success } from '@push/contracts';
import { ApiAnswer, ApiJsonBody, ApiRefusals } from '@push/http';
import { CallerGuard, NO_SUCH_USER, UserApi } from '../user-api';
import { UserDirectory, type UserProfile } from './user-directory';
import * as answers from './user.schema';
import {
  PageQuery,
  PreferencesDto,
  preferencesSchema,
  UserDto,
  UserPath,
  userSchema,
} from './user.schema';
import { type User, UsersStore } from './users.store';

/** Users and what they want to be sent. */
@Controller('users')
@UseGuards(CallerGuard)
@UserApi('Users')
export class UsersController {
  constructor(
    private readonly directory: UserDirectory,
    private readonly users: UsersStore,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'listUsers', summary: 'All users, a page at a time' })
  @ApiAnswer(answers.userAnswer.array(), {
    description: 'Users',
    example: [answers.exampleUser],
    meta: pageMeta(1, 1, 20),
  })
  list(@Query() { page, limit }: PageQuery): Envelope<User[]> {
    const meta = pageMeta(this.users.total(), page, limit);
    return success(this.users.page(page, limit), 'Users', meta);
  }

  @Get(':user_id')
  @ApiOperation({ operationId: 'findUser', summary: 'A user with all devices' })
  @ApiAnswer(answers.profileAnswer, { description: 'User', example: answers.exampleProfile })
  @ApiRefusals(NO_SUCH_USER)
  find(@Param() { user_id }: UserPath): Envelope<UserProfile> {
    return success(this.profile(user_id), 'User');
  }

  @Put(':user_id')
  @ApiOperation({ operationId: 'putUser', summary: 'Create or replace a user' })
  @ApiJsonBody(userSchema, answers.exampleUserInput)
  @ApiAnswer(answers.profileAnswer, {
    description: 'User replaced',
    example: answers.exampleProfile,
  })
  @ApiAnswer(answers.profileAnswer, {
    status: 201,
    description: 'User created',
    example: answers.exampleProfile,
  })
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
  @ApiOperation({ operationId: 'setPreferences', summary: 'Switch channels on or off' })
  @ApiJsonBody(preferencesSchema, { push: true })
  @ApiAnswer(answers.preferencesAnswer, {
    description: 'Preferences changed',
    example: { push: true, email: true },
  })
  @ApiRefusals(NO_SUCH_USER)
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
