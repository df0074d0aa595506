import { ConflictException, Logger } from '@nestjs/common';
import { FakeClaimStore, type Claim } from '@push/idempotency';
import type { Timeline } from '../../timeline/timeline';
import type { TimelineStore } from '../../timeline/timeline.store';
import { NotificationLookup } from './notification-lookup';
import { NotificationRelease } from './notification-release';

describe('NotificationRelease', () => {
  let claims: FakeClaimStore;
  let release: NotificationRelease;

  beforeEach(() => {
    jest.spyOn(Logger.prototype, 'log').mockImplementation();
    claims = new FakeClaimStore();
    const lookup = new NotificationLookup(claims, {} as unknown as TimelineStore);
    release = new NotificationRelease(lookup, claims, { record: jest.fn() } as unknown as Timeline);
  });
  afterEach(() => void jest.restoreAllMocks());

  const claim = async (): Promise<Claim> => {
    const answer = await claims.claim('r');
    if (answer.state !== 'claimed') throw new Error(answer.state);
    return answer.claim;
  };

  it('refuses the release when a worker has claimed the request since it was read', async () => {
    await (await claim()).release();
    const peek = claims.peek.bind(claims);
    jest.spyOn(claims, 'peek').mockImplementationOnce(async (requestId) => {
      const view = await peek(requestId);
      await claim();
      return view;
    });
    await expect(release.release('r', 'alice', true)).rejects.toThrow(ConflictException);
    expect(await claims.claim('r')).toMatchObject({ state: 'held' });
  });
});
