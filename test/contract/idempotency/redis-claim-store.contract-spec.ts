import { claimStoreContract } from './claim-store.contract';
import { RedisWorkers } from './redis-workers';

/** The Redis that the test run was given or has started. */
const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

claimStoreContract('RedisClaimStore', async (times) => new RedisWorkers({ url, ...times }));
