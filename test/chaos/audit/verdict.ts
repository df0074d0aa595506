import { tokenFingerprint } from '@push/contracts';
import type { Load } from '../world/load';
import type { KnownRequest } from '../world/request';
import type { World } from '../world/world';
import { mayBeSentTwice, type Allowance } from './allowance';
import type { Evidence, KnownEnd } from './evidence';

/** One row of the table. */
export interface Verdict {
  requests: number;
  delivered: number;
  failed: number;
  /** Accepted, and without the one end it has to have. */
  lost: number;
  shownTwice: number;
  sentTwice: number;
  /** Dead letters beyond one for a request. */
  extraLetters: number;
  /** Seconds from the end of the fault until all that was accepted before it had its end. */
  recoverySeconds: number;
  /** Every broken promise in words; empty where all hold. */
  broken: string[];
}

/** Of a scenario in which nothing has happened yet. */
export function emptyVerdict(): Verdict {
  return {
    requests: 0,
    delivered: 0,
    failed: 0,
    lost: 0,
    shownTwice: 0,
    sentTwice: 0,
    extraLetters: 0,
    recoverySeconds: 0,
    broken: [],
  };
}

/** Failures that are kept in no dead-letter queue. */
const WITHOUT_LETTER = new Set(['opted_out', 'expired']);
const EXPECTED_FAILURE = {
  deliverable: [],
  'dead-token': ['unregistered'],
  'unknown-user': ['user_not_found'],
  'opted-out': ['opted_out'],
} as const;

/** Holds the evidence against the promises of docs/guarantees.md. */
export function judge(
  world: World,
  load: Load,
  evidence: Evidence,
  liftedAt: number,
  allowance: Allowance,
): Verdict {
  const verdict = emptyVerdict();
  const { broken } = verdict;
  verdict.requests = load.accepted.size;
  verdict.recoverySeconds = recovery(world, load, liftedAt);
  const letters = new Map<string, number>();
  for (const { requestId } of evidence.letters) {
    if (requestId !== null) letters.set(requestId, (letters.get(requestId) ?? 0) + 1);
  }
  for (const id of load.accepted.keys()) {
    const known = load.requests.get(id);
    const problem =
      known && judgeOne(known, { world, load, evidence, letters, verdict, allowance });
    if (problem) broken.push(`${id}: ${problem}`);
  }
  judgeLetters(load, evidence, letters, verdict, allowance, world.deaths > 0);
  for (const { name, ready, unacked } of evidence.leftInQueues) {
    const told = `intakes: ${evidence.intakes.join(' ')}`;
    broken.push(`${name} is not empty: ${ready} ready, ${unacked} unacked; ${told}`);
  }
  if (evidence.leased > 0) broken.push(`${evidence.leased} claims are still held`);
  const mostSentTwice = mayBeSentTwice(world, load, allowance);
  if (verdict.sentTwice > mostSentTwice) {
    broken.push(
      `${verdict.sentTwice} requests were sent more than once; at most ${mostSentTwice} may be`,
    );
  }
  const { recoversWithin = 30 } = allowance;
  if (verdict.recoverySeconds > recoversWithin) {
    broken.push(
      `it took ${verdict.recoverySeconds} s to work all off; at most ${recoversWithin} s`,
    );
  }
  broken.push(...world.incidents.splice(0));
  return verdict;
}

interface Context {
  world: World;
  load: Load;
  evidence: Evidence;
  letters: Map<string, number>;
  verdict: Verdict;
  allowance: Allowance;
}

/** @returns the first promise that is broken for this request */
function judgeOne(known: KnownRequest, context: Context): string | undefined {
  const { world, load, evidence, letters, verdict, allowance } = context;
  const { id, kind } = known;
  const end = evidence.ends.get(id);
  const { ends } = world.reports.of(id);
  if (!end || (end.status !== 'delivered' && end.status !== 'failed') || end.finals !== 1) {
    verdict.lost += 1;
    return `accepted, and its status is ${end?.status ?? 'unknown'}`;
  }
  if (ends.size !== 1 && !(allowance.mayForget === true && agree(ends))) {
    verdict.lost += 1;
    return `reported with ${ends.size} different ends: ${[...ends].join(', ').slice(0, 200)}...`;
  }
  const twice = countOver(evidence.shown.get(id));
  if (twice > 0) {
    verdict.shownTwice += 1;
    return `on the screen of ${twice} device(s) more than once`;
  }
  if (countOver(evidence.accepted.get(id)) > 0) {
    verdict.sentTwice += 1;
    if (allowance.mayResend === 'copies' && !load.copied.has(id)) return 'sent more than once';
  }
  if (end.status === 'delivered') {
    verdict.delivered += 1;
    return judgeDelivered(known, end, context);
  }
  verdict.failed += 1;
  const reason = end.reason ?? '';
  const expected: readonly string[] = EXPECTED_FAILURE[kind];
  if (!expected.includes(reason) && !(allowance.mayFailFor ?? []).includes(reason)) {
    return `failed for ${reason}`;
  }
  if (!WITHOUT_LETTER.has(reason) && !letters.has(id)) {
    verdict.lost += 1;
    return `failed for ${reason}, and is not in failed.queue`;
  }
  if (allowance.mayResend !== 'answers lost' && evidence.accepted.has(id)) {
    return `reported as failed for ${reason}, and FCM had taken it`;
  }
  return undefined;
}

/** Every device that is said to have it shows it, and no other one does. */
function judgeDelivered(
  { id, tokens, kind }: KnownRequest,
  { devices }: KnownEnd,
  { evidence, letters, verdict, allowance }: Context,
): string | undefined {
  if (kind !== 'deliverable') return `delivered, though it is ${kind}`;
  if (letters.has(id)) return 'delivered, and in failed.queue too';
  const shown = evidence.shown.get(id);
  for (const { fingerprint, status, error_code: code } of devices) {
    const token = tokens.find((candidate) => tokenFingerprint(candidate) === fingerprint);
    if (token === undefined) return "reported for a device that is not the user's";
    const reason = code?.toLowerCase() ?? '';
    if (status === 'failed' && !(allowance.mayFailFor ?? []).includes(reason)) {
      return `failed for ${token}: ${reason}`;
    }
    if (status === 'delivered' && !shown?.has(token)) {
      verdict.lost += 1;
      return `reported as delivered to ${token}, whose screen does not show it`;
    }
  }
  if (devices.length !== tokens.length) {
    return `reported for ${devices.length} devices; the user has ${tokens.length}`;
  }
  return undefined;
}

function judgeLetters(
  load: Load,
  { letters: found }: Evidence,
  letters: Map<string, number>,
  verdict: Verdict,
  { otherLetters = 0 }: Allowance,
  killed: boolean,
): void {
  const { broken } = verdict;
  const others = found.filter(
    ({ requestId }) => requestId === null || !load.requests.has(requestId),
  );
  if (others.length !== otherLetters) {
    const codes = [...new Set(others.map(({ code }) => code))].join(', ');
    broken.push(
      `failed.queue has ${others.length} letters of nobody's (${codes}); ${otherLetters} were expected`,
    );
  }
  for (const [id, copies] of letters) {
    if (!load.requests.has(id) || copies === 1) continue;
    verdict.extraLetters += copies - 1;
    // Killed between the broker's confirm and the mark of it, a letter is written again.
    if (!killed) broken.push(`${id}: ${copies} times in failed.queue`);
  }
}

/** Whether all reports tell of the same end, though they are of several. */
function agree(ends: ReadonlySet<string>): boolean {
  const kinds = [...ends].map((report) => (JSON.parse(report) as { end: string }).end);
  return new Set(kinds).size === 1;
}

function countOver(ofRequest: Map<string, number> | undefined): number {
  return [...(ofRequest?.values() ?? [])].filter((times) => times > 1).length;
}

function recovery(world: World, load: Load, liftedAt: number): number {
  let last = liftedAt;
  for (const [id, acceptedAt] of load.accepted) {
    if (acceptedAt <= liftedAt) last = Math.max(last, world.reports.of(id).takenAt ?? 0);
  }
  return (last - liftedAt) / 1000;
}
