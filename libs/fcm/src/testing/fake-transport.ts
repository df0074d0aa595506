import {
  type FailureClass,
  FcmTransport,
  type PushMessage,
  type SendOptions,
  type SendRefused,
  type SendResult,
} from '../fcm-transport';

/** Answers what it is told to, and remembers what it was asked. For tests. */
export class FakeTransport extends FcmTransport {
  readonly sent: { message: PushMessage; validateOnly: boolean }[] = [];
  result: SendResult = { accepted: true, messageId: 'm' };
  override sessions = 0;
  override streams = 0;

  override send(
    message: PushMessage,
    { validateOnly = false }: SendOptions = {},
  ): Promise<SendResult> {
    this.sent.push({ message, validateOnly });
    return Promise.resolve(this.result);
  }

  accept(): this {
    this.result = { accepted: true, messageId: 'm' };
    return this;
  }

  refuse(failure: FailureClass, more: Partial<SendRefused> = {}): this {
    this.result = { accepted: false, failure, code: 'CODE', message: 'why', ...more };
    return this;
  }
}
