import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DEMO_USERS } from './demo-users';
import { DatabaseConfig } from './user-service.config';
import { UserDirectory } from './users/user-directory';
import { UsersStore } from './users/users.store';

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
