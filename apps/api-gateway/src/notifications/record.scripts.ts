import type { RedisClient } from '@push/redis';

/**
 * What is known of a notification: one hash. Acceptance and status reports come in any order and more than once, so
 * each script leads to the same record whichever ran first.
 *
 *   request_id, user_id, correlation_id, created_at   set once
 *   status, updated_at, error, reason, devices        of the last report that counted
 *   history, history_length                           JSON array of all that counted, bounded
 *   accepted, last                                    marks against counting twice
 *   reserved_by                                       token of the try that is to publish it
 *
 * A hash without a status is a reservation: the id is taken, and there is nothing to show yet.
 */
const SET_ONCE = `
local function set_once(first)
  for i = first, #ARGV, 2 do redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
local function add(entry, in_front)
  local history = redis.call('HGET', KEYS[1], 'history')
  if not history then history = '[' .. entry .. ']'
  elseif in_front then history = '[' .. entry .. ',' .. string.sub(history, 2)
  else history = string.sub(history, 1, -2) .. ',' .. entry .. ']' end
  redis.call('HSET', KEYS[1], 'history', history)
  return redis.call('HINCRBY', KEYS[1], 'history_length', 1)
end`;

const ACCEPTED = `
local ttl_seconds, timestamp, entry = ARGV[1], ARGV[2], ARGV[3]
${SET_ONCE}
set_once(4)
if redis.call('HSETNX', KEYS[1], 'accepted', '1') == 1 then add(entry, true) end
redis.call('HSETNX', KEYS[1], 'status', 'pending')
redis.call('HSETNX', KEYS[1], 'updated_at', timestamp)
redis.call('EXPIRE', KEYS[1], ttl_seconds)
return redis.call('HGET', KEYS[1], 'status')`;

/** The first final status stays. */
const REPORTED = `
local ttl_seconds, timestamp, entry, max_history = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local status, error, reason, devices = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
${SET_ONCE}
local known = redis.call('HMGET', KEYS[1], 'status', 'last', 'history_length')
if known[1] == 'delivered' or known[1] == 'failed' then return { known[1], 0 } end
if known[2] == entry then return { known[1], 0 } end
set_once(9)
redis.call('HSET', KEYS[1], 'status', status, 'updated_at', timestamp, 'error', error, 'reason', reason,
  'devices', devices, 'last', entry)
if status ~= 'pending' or tonumber(known[3] or 0) < max_history then add(entry, false) end
redis.call('EXPIRE', KEYS[1], ttl_seconds)
return { status, 1 }`;

/** The first request to choose an id has it; each of its tries takes the reservation over. */
const RESERVE = `
local request_id, token, keep_ms = ARGV[1], ARGV[2], ARGV[3]
redis.call('HSETNX', KEYS[1], 'request_id', request_id)
if redis.call('HGET', KEYS[1], 'request_id') ~= request_id then return 0 end
redis.call('HSET', KEYS[1], 'reserved_by', token)
if redis.call('HEXISTS', KEYS[1], 'status') == 0 then redis.call('PEXPIRE', KEYS[1], keep_ms) end
return 1`;

/** A record that has a status stays: the message did get through. */
const UNRESERVE = `
if redis.call('HGET', KEYS[1], 'reserved_by') ~= ARGV[1] then return 0 end
if redis.call('HEXISTS', KEYS[1], 'status') == 1 then return 0 end
return redis.call('DEL', KEYS[1])`;

/** The scripts as commands of a client. What follows the named values are fields and values that are set once. */
export interface RecordCommands {
  gatewayAccepted(
    key: string,
    ttlSeconds: number,
    timestamp: string,
    entry: string,
    ...once: string[]
  ): Promise<string>;
  gatewayReported(
    key: string,
    ttlSeconds: number,
    timestamp: string,
    entry: string,
    maxHistory: number,
    status: string,
    error: string,
    reason: string,
    devices: string,
    ...once: string[]
  ): Promise<[status: string, recorded: 0 | 1]>;
  gatewayReserve(key: string, requestId: string, token: string, keepMs: number): Promise<0 | 1>;
  gatewayUnreserve(key: string, token: string): Promise<0 | 1>;
}

/** Teaches the client the scripts; nothing is sent. */
export function defineRecordCommands(client: RedisClient): RecordCommands {
  client.defineCommand('gatewayAccepted', { numberOfKeys: 1, lua: ACCEPTED });
  client.defineCommand('gatewayReported', { numberOfKeys: 1, lua: REPORTED });
  client.defineCommand('gatewayReserve', { numberOfKeys: 1, lua: RESERVE });
  client.defineCommand('gatewayUnreserve', { numberOfKeys: 1, lua: UNRESERVE });
  return client as RedisClient & RecordCommands;
}
