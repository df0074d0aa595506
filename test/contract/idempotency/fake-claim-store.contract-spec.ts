import { FakeClaimStore } from '@push/idempotency';
import { claimStoreContract } from './claim-store.contract';

claimStoreContract('FakeClaimStore', async (times) => {
  const first = new FakeClaimStore(times);
  return {
    worker: async () => {
      const store = first.anotherWorker();
      return { store, crash: () => store.crash() };
    },
    close: async () => undefined,
  };
});
