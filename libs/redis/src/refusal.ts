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
  'NOSCRIPT',
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
const saying = (codes: string): RegExp =>
  new RegExp(`^(ERR Error running script .* -)?(${codes})\\b`);

const OUTAGE = saying(OUTAGE_CODES);
const NOT_THE_PRIMARY = saying('READONLY|MASTERDOWN');
const SCRIPT_UNKNOWN = saying('NOSCRIPT');

/** Whether an error reply speaks against Redis as a whole, so that waiting helps, and not against the one command. */
export function speaksOfOutage(message: string): boolean {
  return OUTAGE.test(message);
}

/** Whether an error reply comes from a replica: after a failover the old address may lead to one. */
export function speaksOfReplica(message: string): boolean {
  return NOT_THE_PRIMARY.test(message);
}

/** Whether a script was asked for by its digest and not carried out, as Redis does not have it. */
export function speaksOfUnknownScript(message: string): boolean {
  return SCRIPT_UNKNOWN.test(message);
}
