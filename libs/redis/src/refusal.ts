/** Codes with which Redis says that it works for nobody now: not ready, not the primary, full, or set up otherwise. */
const OUTAGE_CODES = [
  'LOADING',
  'BUSY',
  'OOM',
  'MISCONF',
  'READONLY',
  'MASTERDOWN',
  'NOREPLICAS',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'MOVED',
  'ASK',
  'NOAUTH',
  'WRONGPASS',
  'NOPERM',
  'DENIED',
  'ERR max number of clients',
  'ERR unknown command',
].join('|');

/** Redis before 7 wraps what a command in a script said: `ERR Error running script (...): ... -OOM command not ...`. */
const OUTAGE = new RegExp(`^(ERR Error running script .* -)?(${OUTAGE_CODES})\\b`);

/** Whether an error reply speaks against Redis as a whole, so that waiting helps, and not against the one command. */
export function speaksOfOutage(message: string): boolean {
  return OUTAGE.test(message);
}
