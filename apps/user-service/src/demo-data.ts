import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DatabaseConfig } from './user-service.config';
import { UserDirectory } from './users/user-directory';
import type { UserInput } from './users/user.schema';
import { UsersStore } from './users/users.store';

/** The users of the demo: what an empty database starts with. */
const DEMO_USERS: readonly (UserInput & { user_id: string })[] = [
  {
    user_id: 'test-user-123',
    name: 'John',
    email: 'john@example.com',
    preferences: { push: true, email: true },
    devices: [{ token: 'demo-device-john-android', platform: 'android', locale: 'en' }],
  },
  {
    user_id: '9a1c5b1e-0c7e-4ad7-9a0c-2a8f0f3f7d11',
    name: 'Ada',
    email: 'ada@example.com',
    preferences: { push: true, email: true },
    devices: [
      { token: 'web-demo-device-ada', platform: 'web', locale: 'en' },
      { token: 'ios-demo-device-ada', platform: 'ios', locale: 'en' },
    ],
  },
];

/** Gives an empty database the demo users; one with any user in it is left alone. */
@Injectable()
export class DemoData implements OnModuleInit {
  private readonly logger = new Logger(DemoData.name);

  constructor(
    private readonly config: DatabaseConfig,
    private readonly users: UsersStore,
    private readonly directory: UserDirectory,
  ) {}

  onModuleInit(): void {
    if (!this.config.seedDemoData || this.users.total() > 0) return;
    for (const { user_id, ...user } of DEMO_USERS) this.directory.put(user_id, user);
    this.logger.log({ users: DEMO_USERS.length }, 'Demo users created');
  }
}
