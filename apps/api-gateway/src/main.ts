import { enableCompileCache } from 'node:module';

// Before anything else is loaded: what one start has compiled, the next one reads from the cache.
enableCompileCache();
void import('./run.js');
