import { Logger } from '@nestjs/common';

/** Test output is about tests; `SHOW_LOGS=1` brings the logs back. */
if (!process.env['SHOW_LOGS']) Logger.overrideLogger(false);
