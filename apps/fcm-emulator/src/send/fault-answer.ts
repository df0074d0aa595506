import type { FaultAction } from '../faults/fault.schema';
import { codeOfStatus } from './error-kinds';
import { errorAnswer, frontEndPage, type ErrorAnswer } from './fcm-errors';

/** The error a fault answers with; undefined for a fault that is none, a delay or a cut. */
export function faultAnswer(fault: FaultAction, project: string): ErrorAnswer | undefined {
  const { status, retry_after: retryAfter, message, field } = fault;
  const errorCode = fault.error_code ?? (status === undefined ? undefined : codeOfStatus(status));
  if (errorCode !== undefined) {
    const quotaSubject = fault.quota_subject ?? `project:${project}`;
    return errorAnswer(errorCode, { status, retryAfter, message, field, quotaSubject });
  }
  return status === undefined ? undefined : frontEndPage(status, retryAfter);
}
