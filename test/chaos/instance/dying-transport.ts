import { Http2Transport, type PushMessage, type SendOptions, type SendResult } from '@push/fcm';
import { DEADLY_PREFIX, die, passed } from './fault-points';

/** The way to FCM, with a fault point where FCM has answered and nobody has written it down. */
export class DyingTransport extends Http2Transport {
  override async send(message: PushMessage, options?: SendOptions): Promise<SendResult> {
    const { request_id: requestId = '' } = message.content.data;
    if (requestId.startsWith(DEADLY_PREFIX)) die();
    const result = await super.send(message, options);
    if (result.accepted && options?.validateOnly !== true) passed('after-fcm-answer', requestId);
    return result;
  }
}
