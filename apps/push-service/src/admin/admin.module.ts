import { Module } from '@nestjs/common';
import { AdminLimits } from './access/admin-limits';
import { WhoamiController } from './access/whoami.controller';

/** The admin API: what an operator sees and steers. */
@Module({
  controllers: [WhoamiController],
  providers: [AdminLimits],
})
export class AdminModule {}
