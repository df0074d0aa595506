import {
  codeOfStatus,
  ERROR_CODES,
  errorAnswer,
  frontEndPage,
  missingCredential,
} from './fcm-errors';

interface Body {
  error: { code: number; message: string; status: string; details: Record<string, unknown>[] };
}
const bodyOf = (answer: { body: string }) => JSON.parse(answer.body) as Body;

describe('errorAnswer', () => {
  it("is Google's body for a token that is gone, word for word", () => {
    expect(errorAnswer('UNREGISTERED').body).toBe(
      '{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND","details":' +
        '[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"UNREGISTERED"}]}}',
    );
  });

  it.each([
    ['INVALID_ARGUMENT', 400, 'INVALID_ARGUMENT', true],
    ['SENDER_ID_MISMATCH', 403, 'PERMISSION_DENIED', true],
    ['QUOTA_EXCEEDED', 429, 'RESOURCE_EXHAUSTED', true],
    ['UNAVAILABLE', 503, 'UNAVAILABLE', true],
    ['INTERNAL', 500, 'INTERNAL', true],
    ['THIRD_PARTY_AUTH_ERROR', 401, 'UNAUTHENTICATED', true],
    ['UNAUTHENTICATED', 401, 'UNAUTHENTICATED', false],
    ['PERMISSION_DENIED', 403, 'PERMISSION_DENIED', false],
  ] as const)('answers %s with %d and the word %s', (code, status, word, fcm) => {
    const answer = errorAnswer(code);
    expect([answer.status, bodyOf(answer).error.status]).toEqual([status, word]);
    expect(bodyOf(answer).error.details.some(({ errorCode }) => errorCode === code)).toBe(fcm);
  });

  it('names the field at fault', () => {
    const answer = errorAnswer('INVALID_ARGUMENT', {
      field: 'message.token',
      description: 'Invalid registration token',
    });
    expect(bodyOf(answer).error.details).toContainEqual({
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [{ field: 'message.token', description: 'Invalid registration token' }],
    });
  });

  it('names the quota, and how long to wait', () => {
    const answer = errorAnswer('QUOTA_EXCEEDED', { quotaSubject: 'project:demo', retryAfter: 30 });
    expect(answer.headers).toMatchObject({ 'retry-after': '30' });
    expect(bodyOf(answer).error.details[1]).toMatchObject({
      '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
      violations: [{ subject: 'project:demo' }],
    });
  });

  it('tells a missing credential from a bad one', () => {
    const reasons = [missingCredential(), errorAnswer('UNAUTHENTICATED')].map(
      (answer) => bodyOf(answer).error.details[0]?.reason,
    );
    expect(reasons).toEqual(['CREDENTIALS_MISSING', 'ACCESS_TOKEN_EXPIRED']);
  });
});

describe('codeOfStatus', () => {
  it('finds a code whose own status it is', () => {
    for (const status of [400, 401, 403, 404, 429, 500, 503, 504]) {
      const code = codeOfStatus(status)!;
      expect(ERROR_CODES).toContain(code);
      expect(errorAnswer(code).status).toBe(status);
    }
  });

  it('leaves a status without a code to the front end, which answers with a page', () => {
    expect(codeOfStatus(502)).toBeUndefined();
    const page = frontEndPage(502, 5);
    expect(page.headers).toMatchObject({
      'content-type': expect.stringContaining('text/html'),
      'retry-after': '5',
    });
  });
});
