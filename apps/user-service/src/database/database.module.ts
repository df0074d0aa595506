import { Global, Module } from '@nestjs/common';
import { DatabaseConfig } from '../user-service.config';
import { Database } from './database';

/** Provides the open {@link Database}. */
@Global()
@Module({
  providers: [
    {
      provide: Database,
      inject: [DatabaseConfig],
      useFactory: ({ file }: DatabaseConfig) => Database.open(file),
    },
  ],
  exports: [Database],
})
export class DatabaseModule {}
