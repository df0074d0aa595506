import type { DeviceStore } from '../devices/device.store';
import type { FaultAction } from '../faults/fault.schema';
import type { FaultList } from '../faults/fault-list';
import { readBody, type Exchange } from '../http/exchange';
import type { ArrivedRequest, Journal } from '../records/journal';
import type { Stats } from '../records/stats';
import { objectField, stringField } from '../json';
import { faultAnswer } from './fault-answer';
import { errorAnswer, JSON_HEADERS, type ErrorAnswer } from './fcm-errors';
import { MAX_BODY_BYTES, readSend, type IncomingSend } from './incoming-send';
import { payloadProblem } from './payload';

/** One accepted push, as those who listen hear of it. */
export interface AcceptedPush {
  timeMs: number;
  messageId: string;
  token: string | null;
  requestId: string | null;
  /** `data.correlation_id`, where the sender gives one. */
  correlationId: string | undefined;
}

/** `POST /v1/projects/{project}/messages:send`. The hot path: one parse, no logging, no schema library. */
export class SendHandler {
  private sequence = 0;

  constructor(
    private readonly devices: DeviceStore,
    private readonly journal: Journal,
    private readonly faults: FaultList,
    private readonly stats: Stats,
    private readonly onAccepted?: (push: AcceptedPush) => void,
  ) {}

  handle(exchange: Exchange, project: string): void {
    readBody(exchange.body, MAX_BODY_BYTES, (body) => this.received(exchange, project, body));
  }

  private received(exchange: Exchange, project: string, body: Buffer | undefined): void {
    const now = Date.now();
    this.stats.arrived(now);
    const record = this.journal.arrived(now);
    const send = readSend(exchange, project, record, body);
    if ('errorCode' in send) {
      this.refuse(exchange, record, send);
      return;
    }
    const fault = this.faults.take(record.token, project, record.validateOnly);
    // A send goes its way even if the client leaves meanwhile: that a timeout means "not sent" is nobody's promise.
    if (fault?.latency_ms) setTimeout(() => this.answer(send, fault), fault.latency_ms).unref();
    else this.answer(send, fault);
  }

  private answer(send: IncomingSend, fault: FaultAction | undefined): void {
    const { exchange, record, project } = send;
    if (fault?.hang) {
      record.answer = 'hang';
      return;
    }
    if (fault?.reset) {
      record.answer = 'reset';
      exchange.reset();
      return;
    }
    if (fault?.goaway) exchange.retire();
    const refusal = (fault && faultAnswer(fault, project)) ?? refusalOf(send);
    if (refusal) {
      this.refuse(exchange, record, refusal);
      return;
    }
    const messageId = this.accept(send);
    if (fault?.accept_then_reset) {
      record.answer = 'reset';
      exchange.cut();
      return;
    }
    record.answer = { status: 200, error_code: null };
    exchange.reply(
      200,
      JSON_HEADERS,
      JSON.stringify({ name: `projects/${project}/messages/${messageId}` }),
    );
  }

  /** Takes a valid send in: onto the screen and into the journal, unless it was only to be validated. */
  private accept({ project, record, text, message }: IncomingSend): string {
    if (record.validateOnly) {
      this.stats.validated += 1;
      return 'fake_message_id';
    }
    const now = Date.now();
    this.sequence += 1;
    const messageId = `0:${now}%${this.sequence.toString(16).padStart(8, '0')}`;
    this.stats.accepted += 1;
    const posted = { timeMs: now, messageId, body: text };
    this.journal.accepted({ ...posted, project, requestId: record.requestId });
    if (record.token !== null) this.devices.receive(record.token, message, posted);
    this.onAccepted?.({
      timeMs: now,
      messageId,
      token: record.token,
      requestId: record.requestId,
      correlationId: stringField(objectField(message, 'data'), 'correlation_id'),
    });
    return messageId;
  }

  private refuse(exchange: Exchange, record: ArrivedRequest, answer: ErrorAnswer): void {
    this.stats.refusedWith(answer.errorCode);
    record.answer = { status: answer.status, error_code: answer.errorCode };
    exchange.reply(answer.status, answer.headers, answer.body);
  }
}

/** What FCM has against a send, if anything. */
function refusalOf({ envelope, bytes, record }: IncomingSend): ErrorAnswer | undefined {
  const problem = payloadProblem(envelope, bytes);
  if (problem) return errorAnswer('INVALID_ARGUMENT', problem);
  return record.token?.startsWith('unregistered-') ? errorAnswer('UNREGISTERED') : undefined;
}
