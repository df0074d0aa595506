import type { RedisClient } from '@push/redis';

/**
 * The transitions of a claim. One hash per request, each script touches that one key (so it runs on a cluster), and time
 * is Redis's own, so the workers' clocks do not matter. Durations are part of a script's text: the fewer arguments, the
 * less each call costs.
 *
 *   state        processing | released | decided | done
 *   owner        token of the holder; empty once released
 *   lease_until  epoch milliseconds
 *   take_overs   how often a lease ran out and another worker took over; kept until done
 *   result       JSON, once decided or done
 *   device:<fp>  JSON, one per device that is done; dropped once decided or done
 *   request_id   for people who read the hash
 */
const NOW = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)`;

/** Durations in milliseconds. */
export interface ClaimTimes {
  /** Of a lease, from its start or renewal. */
  leaseMs: number;
  /** Of a key whose request nobody finishes. */
  keepMs: number;
  /** Of a key whose request is done. */
  ttlMs: number;
}

/** Where the hash is gone (Redis lost its data) nobody else holds the claim, so its last holder may go on. */
const ONLY_THE_OWNER = `
local held = redis.call('HMGET', KEYS[1], 'state', 'owner')
if held[1] and held[2] ~= ARGV[1] then return 0 end`;

const claim = ({ leaseMs, keepMs }: ClaimTimes): string => `
local owner, request_id = ARGV[1], ARGV[2]
${NOW}
local held = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lease_until', 'result', 'take_overs')
local state = held[1]
if state == 'done' then return { 'done', held[4] } end
local others = (state == 'processing' or state == 'decided') and held[2] ~= owner
local remaining = tonumber(held[3] or 0) - now
if others and remaining > 0 then return { 'held', remaining } end
local taken_over = others and held[2] ~= '' and 1 or 0
local take_overs = held[5] and redis.call('HINCRBY', KEYS[1], 'take_overs', taken_over) or taken_over
redis.call('HSET', KEYS[1], 'request_id', request_id, 'state', state == 'decided' and state or 'processing',
  'owner', owner, 'lease_until', now + ${leaseMs}, 'take_overs', take_overs)
redis.call('PEXPIRE', KEYS[1], ${keepMs})
if state == 'decided' then return { 'decided', taken_over, take_overs, held[4] } end
local devices = {}
if state then
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    if string.sub(fields[i], 1, 7) == 'device:' then
      devices[#devices + 1] = { string.sub(fields[i], 8), fields[i + 1] }
    end
  end
end
return { 'claimed', taken_over, take_overs, devices }`;

/** Renews the lease and records devices, any number of them. */
const hold = ({ leaseMs, keepMs }: ClaimTimes): string => `
local owner, request_id = ARGV[1], ARGV[2]
${ONLY_THE_OWNER}
if held[1] == 'done' or held[1] == 'decided' then return 1 end
${NOW}
redis.call('HSET', KEYS[1], 'request_id', request_id, 'state', 'processing', 'owner', owner,
  'lease_until', now + ${leaseMs})
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], 'device:' .. ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], ${keepMs})
return 1`;

/** Records the result, while something still has to follow from it. The lease goes on; one of 0 ms releases the claim. */
const decide = ({ keepMs }: ClaimTimes): string => `
local owner, request_id, result, lease_ms = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
${ONLY_THE_OWNER}
if held[1] == 'done' then return 1 end
${NOW}
local take_overs = redis.call('HGET', KEYS[1], 'take_overs') or 0
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'request_id', request_id, 'state', 'decided', 'owner', lease_ms > 0 and owner or '',
  'result', result, 'lease_until', now + lease_ms, 'take_overs', take_overs)
redis.call('PEXPIRE', KEYS[1], ${keepMs})
return 1`;

const finish = ({ ttlMs }: ClaimTimes): string => `
local owner, request_id, result = ARGV[1], ARGV[2], ARGV[3]
${ONLY_THE_OWNER}
if held[1] == 'done' then return 1 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'request_id', request_id, 'state', 'done', 'owner', owner, 'result', result)
redis.call('PEXPIRE', KEYS[1], ${ttlMs})
return 1`;

/** Records the remaining devices, then releases; a decision stays. Never creates a hash. */
const RELEASE = `
${ONLY_THE_OWNER}
if held[1] ~= 'processing' and held[1] ~= 'decided' then return 0 end
redis.call('HSET', KEYS[1], 'owner', '', 'lease_until', 0)
if held[1] == 'decided' then return 1 end
redis.call('HSET', KEYS[1], 'state', 'released')
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], 'device:' .. ARGV[i], ARGV[i + 1]) end
return 1`;

/** Changes with every transition: each holder has its own token, and each record adds a field. */
const VERSION = `
local function version()
  local stage = redis.call('HMGET', KEYS[1], 'state', 'owner', 'lease_until')
  return (stage[1] or '') .. ':' .. (stage[2] or '') .. ':' .. (stage[3] or '') .. ':' .. redis.call('HLEN', KEYS[1])
end`;

/** Deletes the claim if it is still the version that was read. */
const FORGET = `
${VERSION}
if version() ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** Reads: remaining lease in ms, take-overs, result where it is decided or done, devices, version. */
const PEEK = `
${NOW}
${VERSION}
local fields = redis.call('HGETALL', KEYS[1])
local claim, devices = {}, {}
for i = 1, #fields, 2 do
  claim[fields[i]] = fields[i + 1]
  if string.sub(fields[i], 1, 7) == 'device:' then
    devices[#devices + 1] = { string.sub(fields[i], 8), fields[i + 1] }
  end
end
if not claim.state then return { 'unknown', 0, 0, false, devices, '' } end
local remaining = math.max(0, tonumber(claim.lease_until or 0) - now)
return { claim.state, remaining, tonumber(claim.take_overs or 0), claim.result or false, devices, version() }`;

/** Reply of the peek script. */
export type PeekReply = [
  state: 'unknown' | 'processing' | 'released' | 'decided' | 'done',
  remainingMs: number,
  takeOvers: number,
  result: string | null,
  devices: [fingerprint: string, json: string][],
  version: string,
];

/** Reply of the claim script. */
export type ClaimReply =
  | ['done', string]
  | ['held', number]
  | ['decided', takenOver: 0 | 1, takeOvers: number, result: string]
  | [
      'claimed',
      takenOver: 0 | 1,
      takeOvers: number,
      devices: [fingerprint: string, json: string][],
    ];

/** The scripts as commands of a client: EVALSHA, with EVAL once per connection. 0 means that another worker holds it. */
export interface ClaimCommands {
  claimTake(key: string, owner: string, requestId: string): Promise<ClaimReply>;
  claimHold(key: string, owner: string, requestId: string, ...records: string[]): Promise<0 | 1>;
  claimDecide(
    key: string,
    owner: string,
    requestId: string,
    result: string,
    leaseMs: number,
  ): Promise<0 | 1>;
  claimFinish(key: string, owner: string, requestId: string, result: string): Promise<0 | 1>;
  claimRelease(key: string, owner: string, ...records: string[]): Promise<0 | 1>;
  claimForget(key: string, version: string): Promise<0 | 1>;
  claimPeek(key: string): Promise<PeekReply>;
}

/** A client with the scripts as commands. */
export type ClaimClient = RedisClient & ClaimCommands;

/** Defines the scripts on the client; nothing is sent. */
export function defineClaimCommands(client: RedisClient, times: ClaimTimes): ClaimClient {
  const scripts: Record<keyof ClaimCommands, string> = {
    claimTake: claim(times),
    claimHold: hold(times),
    claimDecide: decide(times),
    claimFinish: finish(times),
    claimRelease: RELEASE,
    claimForget: FORGET,
    claimPeek: PEEK,
  };
  for (const [name, lua] of Object.entries(scripts)) {
    client.defineCommand(name, { numberOfKeys: 1, lua });
  }
  return client as ClaimClient;
}
