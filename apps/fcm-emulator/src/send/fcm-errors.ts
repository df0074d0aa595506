import type { OutgoingHttpHeaders } from 'node:http';
import { isObject, type JsonObject } from '../json';

/** One broken rule, in the words Google uses for it. */
export interface Problem {
  message: string;
  /** The field at fault. @default none, and no BadRequest detail */
  field?: string;
  /** What the BadRequest says of the field. @default the message */
  description?: string;
  /** True where the JSON does not even fit the schema, which Google finds before FCM is asked. */
  beforeFcm?: boolean;
}

/** A value of the wrong type, as Google's JSON transcoder puts it. */
export function typeProblem(field: string, type: string, value: unknown): Problem {
  return {
    message: `Invalid value at '${field}' (${type}), ${JSON.stringify(value)}`,
    field,
    beforeFcm: true,
  };
}

/** A field the schema does not know. */
export function unknownName(name: string, parent: string): Problem {
  const at = parent === '' ? '' : ` at '${parent}'`;
  return {
    message: `Invalid JSON payload received. Unknown name "${name}"${at}: Cannot find field.`,
    field: parent,
    beforeFcm: true,
  };
}

/** The same field under both of its names: protobuf JSON takes either, but not both. */
export function duplicateProblem(
  parent: JsonObject,
  name: string,
  jsonName: string,
  path: string,
): Problem | undefined {
  if (parent[name] === undefined || parent[jsonName] === undefined) return undefined;
  const text = `Invalid value at '${path}' (oneof), oneof field '_${name}' is already set. Cannot set '${jsonName}'`;
  return { message: text, field: path, beforeFcm: true };
}

/** A `map<string, string>` with something else in it. Google counts the entries: `message.data[0].value`. */
export function mapProblem(map: unknown, path: string): Problem | undefined {
  if (map === undefined || map === null) return undefined;
  if (!isObject(map)) return typeProblem(path, 'Map', map);
  let index = 0;
  for (const key in map) {
    if (typeof map[key] !== 'string')
      return typeProblem(`${path}[${index}].value`, 'TYPE_STRING', map[key]);
    index += 1;
  }
  return undefined;
}

/** A field that must be a string where it is set. */
export function stringProblem(
  parent: JsonObject,
  name: string,
  jsonName: string,
  path: string,
): Problem | undefined {
  const value = parent[name] ?? parent[jsonName];
  if (value === undefined || value === null || typeof value === 'string') return undefined;
  return typeProblem(`${path}.${name}`, 'TYPE_STRING', value);
}

/** What Google answers an error code with. */
export interface ErrorKind {
  status: number;
  /** The canonical google.rpc word that goes with it. */
  word: string;
  message: string;
  /** FCM's own codes come with an FcmError detail; the front end's (credentials, permission) do not. */
  fcm: boolean;
}

/** Google's advice in every answer about credentials. */
const CREDENTIALS_HINT =
  'Expected OAuth 2 access token, login cookie or other valid authentication credential. ' +
  'See https://developers.google.com/identity/sign-in/web/devconsole-project.';

/** https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, and the google.rpc codes in front of FCM. */
const ERROR_KINDS = {
  INVALID_ARGUMENT: {
    status: 400,
    word: 'INVALID_ARGUMENT',
    message: 'Request contains an invalid argument.',
    fcm: true,
  },
  UNREGISTERED: {
    status: 404,
    word: 'NOT_FOUND',
    message: 'Requested entity was not found.',
    fcm: true,
  },
  SENDER_ID_MISMATCH: {
    status: 403,
    word: 'PERMISSION_DENIED',
    message: 'SenderId mismatch',
    fcm: true,
  },
  QUOTA_EXCEEDED: {
    status: 429,
    word: 'RESOURCE_EXHAUSTED',
    message: 'Sending limit exceeded for the message target.',
    fcm: true,
  },
  UNAVAILABLE: {
    status: 503,
    word: 'UNAVAILABLE',
    message: 'The service is currently unavailable.',
    fcm: true,
  },
  INTERNAL: { status: 500, word: 'INTERNAL', message: 'Internal error encountered.', fcm: true },
  THIRD_PARTY_AUTH_ERROR: {
    status: 401,
    word: 'UNAUTHENTICATED',
    message: 'Auth error from APNS or Web Push Service',
    fcm: true,
  },
  UNSPECIFIED_ERROR: {
    status: 500,
    word: 'UNKNOWN',
    message: 'Unknown error encountered.',
    fcm: true,
  },
  UNAUTHENTICATED: {
    status: 401,
    word: 'UNAUTHENTICATED',
    message: `Request had invalid authentication credentials. ${CREDENTIALS_HINT}`,
    fcm: false,
  },
  PERMISSION_DENIED: {
    status: 403,
    word: 'PERMISSION_DENIED',
    message:
      "Permission 'cloudmessaging.messages.create' denied on resource (or it may not exist).",
    fcm: false,
  },
  NOT_FOUND: {
    status: 404,
    word: 'NOT_FOUND',
    message: 'Requested entity was not found.',
    fcm: false,
  },
  DEADLINE_EXCEEDED: {
    status: 504,
    word: 'DEADLINE_EXCEEDED',
    message: 'Deadline expired before operation could complete.',
    fcm: false,
  },
} satisfies Record<string, ErrorKind>;

/** An error code the emulator can answer with. */
export type ErrorCode = keyof typeof ERROR_KINDS;

/** Every code a fault may name. */
export const ERROR_CODES = Object.keys(ERROR_KINDS) as [ErrorCode, ...ErrorCode[]];

/** The code that goes with a bare HTTP status, where there is one. */
export function codeOfStatus(status: number): ErrorCode | undefined {
  const byStatus: Record<number, ErrorCode> = {
    400: 'INVALID_ARGUMENT',
    401: 'UNAUTHENTICATED',
    403: 'PERMISSION_DENIED',
    404: 'UNREGISTERED',
    429: 'QUOTA_EXCEEDED',
    500: 'INTERNAL',
    503: 'UNAVAILABLE',
    504: 'DEADLINE_EXCEEDED',
  };
  return byStatus[status];
}

/** One error answer: what goes over the wire, and the word it is counted under. */
export interface ErrorAnswer {
  status: number;
  errorCode: string;
  headers: OutgoingHttpHeaders;
  body: string;
}

/** What one answer says beyond its code. */
export interface ErrorDetail {
  /** HTTP status, where it is not the code's own. */
  status?: number;
  message?: string;
  /** The field at fault, as in `message.token`: adds a google.rpc.BadRequest. */
  field?: string;
  description?: string;
  /** Subject of the google.rpc.QuotaFailure, as in `project:demo` or `device:<token>`. */
  quotaSubject?: string;
  /** Reason of the google.rpc.ErrorInfo of the codes in front of FCM. */
  reason?: string;
  /** Seconds, or an HTTP date: the Retry-After header. */
  retryAfter?: number | string;
  /** Errors of the JSON itself are found before FCM is asked, so they carry no FcmError. */
  beforeFcm?: boolean;
}

export const JSON_HEADERS: OutgoingHttpHeaders = {
  'content-type': 'application/json; charset=UTF-8',
};

/** Google's error body for a code: `error.code`, `message`, `status` and the typed `details`. */
export function errorAnswer(errorCode: ErrorCode, detail: ErrorDetail = {}): ErrorAnswer {
  const kind: ErrorKind = ERROR_KINDS[errorCode];
  const status = detail.status ?? kind.status;
  const message = detail.message ?? kind.message;
  const headers: OutgoingHttpHeaders = { ...JSON_HEADERS };
  if (detail.retryAfter !== undefined) headers['retry-after'] = String(detail.retryAfter);
  if (errorCode === 'UNAUTHENTICATED')
    headers['www-authenticate'] = 'Bearer realm="https://accounts.google.com/"';
  const error = {
    code: status,
    message,
    status: kind.word,
    details: details(errorCode, kind, message, detail),
  };
  return { status, errorCode, headers, body: JSON.stringify({ error }) };
}

/** What Google's front end says when no credential came along at all. */
export function missingCredential(): ErrorAnswer {
  return errorAnswer('UNAUTHENTICATED', {
    message: `Request is missing required authentication credential. ${CREDENTIALS_HINT}`,
    reason: 'CREDENTIALS_MISSING',
  });
}

/** A status no FCM code goes with, 502 for one: Google's front end answers those with a page, not with JSON. */
export function frontEndPage(status: number, retryAfter?: number | string): ErrorAnswer {
  const headers: OutgoingHttpHeaders = { 'content-type': 'text/html; charset=UTF-8' };
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  const title = `Error ${status} (Server Error)!!1`;
  const body = `<!DOCTYPE html><html lang=en><meta charset=utf-8><title>${title}</title><p><b>${status}.</b> That’s an error.</p></html>`;
  return { status, errorCode: `HTTP_${status}`, headers, body };
}

function details(
  errorCode: ErrorCode,
  kind: ErrorKind,
  message: string,
  detail: ErrorDetail,
): object[] {
  const list: object[] = [];
  if (kind.fcm && !detail.beforeFcm)
    list.push({ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode });
  if (detail.field !== undefined) {
    const violation = { field: detail.field, description: detail.description ?? message };
    list.push({
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [violation],
    });
  }
  if (errorCode === 'QUOTA_EXCEEDED') {
    const violation = { subject: detail.quotaSubject ?? 'project', description: message };
    list.push({ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [violation] });
  }
  if (errorCode === 'UNAUTHENTICATED' || errorCode === 'PERMISSION_DENIED') {
    const reason =
      detail.reason ??
      (errorCode === 'UNAUTHENTICATED' ? 'ACCESS_TOKEN_EXPIRED' : 'IAM_PERMISSION_DENIED');
    const metadata = {
      service: 'fcm.googleapis.com',
      method: 'google.firebase.fcm.v1.FcmService.SendMessage',
    };
    list.push({
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason,
      domain: 'googleapis.com',
      metadata,
    });
  }
  return list;
}
