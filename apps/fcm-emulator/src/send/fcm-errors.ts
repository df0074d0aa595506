import type { OutgoingHttpHeaders } from 'node:http';
import { CREDENTIALS_HINT, ERROR_KINDS, type ErrorCode, type ErrorKind } from './error-kinds';

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
