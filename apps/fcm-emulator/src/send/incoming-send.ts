import { isObject, objectField, stringField, type JsonObject } from '../json';
import type { Exchange } from '../http/exchange';
import type { ArrivedRequest } from '../records/journal';
import { errorAnswer, missingCredential, type ErrorAnswer } from './fcm-errors';

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
export function readSend(
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
