import { networkRefusal, payloadRefusal, refusalOf, resultOf } from './refusal';

const TOKEN = 'device-token-"with"-quotes-0123456789';
const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';

function bodyOf(status: string, details: object[] = [], message = 'words'): string {
  return JSON.stringify({ error: { code: 1, message, status, details } });
}

describe('resultOf', () => {
  it('takes a 200 with a name for accepted', () => {
    expect(resultOf({ status: 200, body: '{"name":"projects/p/messages/1"}' }, TOKEN)).toEqual({
      accepted: true,
      messageId: 'projects/p/messages/1',
    });
  });

  it.each(['', 'null', '[]', '{"name":7}', '<html>'])(
    'takes a 200 with %j for no answer',
    (body) => {
      expect(resultOf({ status: 200, body }, TOKEN)).toMatchObject({
        accepted: false,
        failure: 'transient',
        code: 'UNPARSABLE',
      });
    },
  );
});

describe('refusalOf', () => {
  it.each([
    // A code of FCM's counts before the status around it.
    [400, bodyOf('INVALID_ARGUMENT', [{ '@type': FCM_ERROR, errorCode: 'UNREGISTERED' }]), 'token'],
    [403, bodyOf('PERMISSION_DENIED'), 'credentials'],
    [404, bodyOf('NOT_FOUND'), 'payload'],
    [409, bodyOf('ABORTED'), 'transient'],
    [418, bodyOf('SOMETHING_NEW'), 'payload'],
    [429, bodyOf('SOMETHING_NEW'), 'rate'],
    [500, bodyOf('SOMETHING_NEW'), 'transient'],
    [503, bodyOf('UNAVAILABLE'), 'transient'],
    [400, '<html>a proxy</html>', 'transient'],
    [401, '', 'credentials'],
    [403, '{"error":"captive portal"}', 'transient'],
    [404, '', 'transient'],
    [413, '<html>', 'payload'],
    [429, '', 'rate'],
    [502, '<html>', 'transient'],
    [302, '', 'transient'],
    [400, '{"error":{"details":"none","status":5,"message":{}}}', 'payload'],
  ])('%i with %s is %s', (status, body, failure) => {
    expect(refusalOf({ status, body }, TOKEN).failure).toBe(failure);
  });

  it.each([
    ['project:device-cloud', 'device', 'rate'],
    ['device:abc', '', 'target-rate'],
    ['topic:news', '', 'target-rate'],
    ['', 'Message rate of this device exceeded', 'target-rate'],
    ['', 'Sending limit exceeded', 'rate'],
  ])('tells whose quota is used up by %j, %j: %s', (subject, description, failure) => {
    const detail = { '@type': 'google.rpc.QuotaFailure', violations: [{ subject, description }] };
    const refusal = refusalOf({ status: 429, body: bodyOf('RESOURCE_EXHAUSTED', [detail]) }, TOKEN);
    expect(refusal).toMatchObject({ failure, retryAfterMs: 60_000 });
  });

  it('reads a body that is parsed already', () => {
    const body: unknown = JSON.parse(bodyOf('UNAVAILABLE'));
    expect(refusalOf({ status: 503, body }, TOKEN)).toMatchObject({
      failure: 'transient',
      code: 'UNAVAILABLE',
      message: 'words',
      httpStatus: 503,
    });
  });

  it('conceals the token, escaped or not, and keeps messages short', () => {
    const echo = `${TOKEN} and ${JSON.stringify(TOKEN)} ${'x'.repeat(2000)}`;
    const { message } = refusalOf({ status: 404, body: bodyOf('NOT_FOUND', [], echo) }, TOKEN);
    expect(message).toContain('devi...6789 and "devi...6789"');
    expect(message).toHaveLength(500);
  });
});

describe('failures without an answer', () => {
  it('conceal the token too', () => {
    for (const refusal of [networkRefusal, payloadRefusal]) {
      expect(refusal(new Error(`bad ${TOKEN}`), TOKEN).message).not.toContain(TOKEN);
    }
  });
});
