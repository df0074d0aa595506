import { Injectable, Logger } from '@nestjs/common';
import { maskToken } from '@push/contracts';
import type { AcceptedPush } from './send.handler';

/** Enough to follow a notification by hand, and next to nothing under load. */
const MAX_LINES_PER_SECOND = 20;

/** Logs the pushes that were accepted, so that a notification can be followed to its end; under load only some of them. */
@Injectable()
export class SendLog {
  private readonly logger = new Logger('fcm-emulator');
  private second = 0;
  private lines = 0;

  accepted({ timeMs, messageId, requestId, correlationId, token }: AcceptedPush): void {
    const second = Math.floor(timeMs / 1000);
    if (second !== this.second) {
      this.second = second;
      this.lines = 0;
    }
    this.lines += 1;
    if (this.lines > MAX_LINES_PER_SECOND) return;
    this.logger.log(
      {
        correlation_id: correlationId ?? requestId ?? undefined,
        request_id: requestId ?? undefined,
        device: token === null ? undefined : maskToken(token),
        message_id: messageId,
      },
      'Push accepted',
    );
  }
}
