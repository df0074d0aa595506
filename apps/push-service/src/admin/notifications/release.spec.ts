import { ConflictException, Logger } from '@nestjs/common';
import { FakeClaimStore, type Claim } from '@push/idempotency';
import type { Timeline } from '../../timeline/timeline';
import type { TimelineStore } from '../../timeline/timeline.store';
import { NotificationLookup } from './notification-lookup';
import { Release } from './release';

describe('the release of a request', () => {
  let claims: FakeClaimStore;
  let release: Release;

  beforeEach(() => {
    jest.spyOn(Logger.prototype, 'log').mockImplementation();
    claims = new FakeClaimStore();
    const lookup = new NotificationLookup(claims, {} as unknown as TimelineStore);
    release = new Release(lookup, claims, { add: jest.fn() } as unknown as Timeline);
  });
  afterEach(() => void jest.restoreAllMocks());

  const claim = async (): Promise<Claim> => {
    const answer = await claims.claim('r');
    if (answer.state !== 'claimed') throw new Error(answer.state);
    return answer.claim;
  };

  it('is refused where a worker has taken it between the look and the release', async () => {
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
