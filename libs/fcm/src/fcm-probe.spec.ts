import type { FailureClass } from './fcm-transport';
import { FcmProbeError, probeFcm } from './guarded-fcm';
import { FakeTransport } from './testing/fake-transport';

describe('probeFcm', () => {
  it('has a message checked that shows up nowhere', async () => {
    const fake = new FakeTransport();
    await probeFcm(fake);
    expect(fake.sent).toEqual([expect.objectContaining({ validateOnly: true })]);
  });

  it.each<FailureClass>(['token', 'sender', 'payload', 'platform-auth', 'target-rate'])(
    'takes a %s refusal for a sign of life',
    async (failure) => {
      await expect(probeFcm(new FakeTransport().refuse(failure))).resolves.toBeUndefined();
    },
  );

  it.each<FailureClass>(['transient', 'rate', 'credentials'])(
    'says why FCM is not well: %s',
    async (failure) => {
      const probe = probeFcm(new FakeTransport().refuse(failure));
      await expect(probe).rejects.toThrow(FcmProbeError);
      await expect(probe).rejects.toThrow(/CODE\): why/);
    },
  );
});
