import { Injectable, Logger } from '@nestjs/common';
import { maskToken } from '@push/contracts';
import type { DeviceStore } from '../devices/device.store';
import { faultAnswer, type FaultAction, type FaultList } from '../faults';
import { type Exchange, readBody } from '../http/exchange';
import { isObject, type JsonObject, objectField, stringField } from '../json';
import type { ArrivedRequest, Journal } from '../records/journal';
import type { Stats } from '../records/stats';
import { errorAnswer, type ErrorAnswer, JSON_HEADERS, missingCredential } from './fcm-errors';
import { payloadProblem } from './payload';

/** Far above what the payload limit allows, however the JSON is written. */
export const MAX_BODY_BYTES = 64 * 1024;

/** Everything known of one send while it is answered. */
export interface IncomingSend {
  readonly exchange: Exchange;
  readonly project: string;
  readonly record: ArrivedRequest;
  readonly text: string;
  readonly bytes: number;
  /** The parsed body, its rules not checked yet. */
  readonly envelope: unknown;
  /** The message in it; empty where there is none. */
  readonly message: JsonObject;
}

/**
 * What Google's front end does before FCM is asked: the credential, the size, the JSON. Fills in the record.
 *
 * @param body undefined where it was larger than {@link MAX_BODY_BYTES}
 */
function readSend(
  exchange: Exchange,
  project: string,
  record: ArrivedRequest,
  body: Buffer | undefined,
): IncomingSend | ErrorAnswer {
  const authorization = exchange.headers.authorization;
  if (authorization === undefined || !/^Bearer\s+\S/i.test(authorization))
    return missingCredential();
  if (body === undefined) {
    const message = `Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`;
    return errorAnswer('INVALID_ARGUMENT', { message, beforeFcm: true });
  }
  const text = body.toString('utf8');
  let envelope: unknown;
  try {
    envelope = JSON.parse(text);
  } catch {
    const message = 'Invalid JSON payload received. Unexpected token.';
    return errorAnswer('INVALID_ARGUMENT', { message, field: '', beforeFcm: true });
  }
  const fields = isObject(envelope) ? envelope : {};
  const message = objectField(fields, 'message') ?? {};
  record.token = stringField(message, 'token') ?? stringField(message, 'fid') ?? null;
  record.requestId = stringField(objectField(message, 'data'), 'request_id') ?? null;
  record.validateOnly = (fields.validate_only ?? fields.validateOnly) === true;
  return { exchange, project, record, text, bytes: body.length, envelope, message };
}

/** Enough to follow a notification by hand, and next to nothing under load. */
const MAX_LINES_PER_SECOND = 20;

/** Logs the pushes that were accepted, so that a notification can be traced; under load only some of them. */
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
