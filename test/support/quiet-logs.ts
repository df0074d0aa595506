import { Logger } from '@nestjs/common';

/** No logs in the output of tests, unless `SHOW_LOGS=1` is set. */
if (!process.env['SHOW_LOGS']) Logger.overrideLogger(false);
