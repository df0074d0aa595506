import { isObject, objectField, stringField, type JsonObject } from '../json';
import type { DeviceStore } from '../devices/device.store';
import type { FaultAction } from '../faults/fault.schema';
import type { FaultList } from '../faults/fault-list';
import { readBody, type Exchange } from '../http/exchange';
import type { ArrivedRequest, Journal } from '../records/journal';
import type { Stats } from '../records/stats';
import { faultAnswer } from './fault-answer';
import { errorAnswer, JSON_HEADERS, missingCredential, type ErrorAnswer } from './fcm-errors';
import { payloadProblem } from './payload';

/** Far above what the payload limit allows, however the JSON is written. */
const MAX_BODY_BYTES = 64 * 1024;

/** Everything known of one send while it is answered. */
interface Send {
  exchange: Exchange;
  project: string;
  record: ArrivedRequest;
  text: string;
  bytes: number;
  envelope: unknown;
  message: JsonObject;
}

/** `POST /v1/projects/{project}/messages:send`. The hot path: one parse, no logging, no schema library. */
export class SendHandler {
  private sequence = 0;

  constructor(
    private readonly devices: DeviceStore,
    private readonly journal: Journal,
    private readonly faults: FaultList,
    private readonly stats: Stats,
  ) {}

  handle(exchange: Exchange, project: string): void {
    readBody(exchange.body, MAX_BODY_BYTES, (body) => this.received(exchange, project, body));
  }

  private received(exchange: Exchange, project: string, body: Buffer | undefined): void {
    const now = Date.now();
    this.stats.arrived(now);
    const record = this.journal.arrived(now);
    const refuse = (answer: ErrorAnswer): void => this.refuse(exchange, record, answer);
    const authorization = exchange.headers.authorization;
    if (authorization === undefined || !/^Bearer\s+\S/i.test(authorization))
      return refuse(missingCredential());
    if (body === undefined) {
      const message = `Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`;
      return refuse(errorAnswer('INVALID_ARGUMENT', { message, beforeFcm: true }));
    }
    const text = body.toString('utf8');
    let envelope: unknown;
    try {
      envelope = JSON.parse(text);
    } catch {
      const message = 'Invalid JSON payload received. Unexpected token.';
      return refuse(errorAnswer('INVALID_ARGUMENT', { message, field: '', beforeFcm: true }));
    }
    const message = (isObject(envelope) ? objectField(envelope, 'message') : undefined) ?? {};
    record.token = stringField(message, 'token') ?? stringField(message, 'fid') ?? null;
    record.requestId = stringField(objectField(message, 'data'), 'request_id') ?? null;
    record.validateOnly =
      isObject(envelope) && (envelope.validate_only ?? envelope.validateOnly) === true;
    const send: Send = { exchange, project, record, text, bytes: body.length, envelope, message };
    const fault = this.faults.take(record.token, project, record.validateOnly);
    if (!fault) return this.answer(send);
    if (fault.latency_ms === undefined) return this.misbehave(send, fault);
    setTimeout(() => this.misbehave(send, fault), fault.latency_ms).unref();
  }

  private misbehave(send: Send, fault: FaultAction): void {
    const { exchange, record } = send;
    if (fault.goaway) exchange.retire();
    const error = faultAnswer(fault, send.project);
    if (error) return this.refuse(exchange, record, error);
    if (fault.hang) {
      record.answer = 'hang';
      return;
    }
    if (fault.reset) {
      record.answer = 'reset';
      return exchange.reset();
    }
    if (!fault.accept_then_reset) return this.answer(send);
    const refusal = this.refusal(send);
    if (refusal) return this.refuse(exchange, record, refusal);
    this.accept(send);
    record.answer = 'reset';
    exchange.cut();
  }

  private answer(send: Send): void {
    const refusal = this.refusal(send);
    if (refusal) return this.refuse(send.exchange, send.record, refusal);
    const name = `projects/${send.project}/messages/${this.accept(send)}`;
    send.record.answer = { status: 200, error_code: null };
    send.exchange.reply(200, JSON_HEADERS, JSON.stringify({ name }));
  }

  private refusal({ envelope, bytes, record }: Send): ErrorAnswer | undefined {
    const problem = payloadProblem(envelope, bytes);
    if (problem) return errorAnswer('INVALID_ARGUMENT', problem);
    if (record.token?.startsWith('unregistered-')) return errorAnswer('UNREGISTERED');
    return undefined;
  }

  /** Takes a valid send in: onto the screen and into the journal, unless it was only to be validated. */
  private accept({ project, record, text, message }: Send): string {
    if (record.validateOnly) {
      this.stats.validated += 1;
      return 'fake_message_id';
    }
    const now = Date.now();
    const messageId = `0:${now}%${(this.sequence += 1).toString(16).padStart(8, '0')}`;
    this.stats.accepted += 1;
    this.journal.accepted({
      timeMs: now,
      messageId,
      project,
      requestId: record.requestId,
      body: text,
    });
    if (record.token !== null) this.devices.receive(record.token, message, messageId, now);
    return messageId;
  }

  private refuse(exchange: Exchange, record: ArrivedRequest, answer: ErrorAnswer): void {
    this.stats.refusedWith(answer.errorCode);
    record.answer = { status: answer.status, error_code: answer.errorCode };
    exchange.reply(answer.status, answer.headers, answer.body);
  }
}
