import { Injectable } from '@nestjs/common';
import type { DeviceResult, StatusEvent } from '@push/contracts';
import { type RedisClient, RedisConnection } from '@push/redis';
import { AcceptanceConfig } from '../gateway.config';
import { NotificationIndex, type NotificationIdentity } from './notification-index';

export type NotificationStatus = StatusEvent['status'];

/** One step in the life of a notification. */
export interface HistoryEntry {
  status: NotificationStatus;
  timestamp: string;
  error: string | null;
  reason: string | null;
}

/** A notification as a listing shows it. */
export interface NotificationSummary {
  notification_id: string;
  request_id: string | null;
  user_id: string | null;
  correlation_id: string | null;
  status: NotificationStatus;
  created_at: string;
  updated_at: string;
  error: string | null;
  reason: string | null;
}

/** A notification as the gateway knows it. */
export interface NotificationRecord extends NotificationSummary {
  devices: DeviceResult[];
  history: HistoryEntry[];
}

/** The fields a summary is made of. */
const SUMMARY_FIELDS = [
  'request_id',
  'user_id',
  'correlation_id',
  'status',
  'created_at',
  'updated_at',
  'error',
  'reason',
] as const;

type Stored = Readonly<Partial<Record<string, string | null>>>;

/** Reads a stored hash. @returns undefined when it is none */
function toSummary(notificationId: string, stored: Stored): NotificationSummary | undefined {
  const { status, created_at, updated_at } = stored;
  if (!isStatus(status) || !created_at || !updated_at) return undefined;
  return {
    notification_id: notificationId,
    request_id: stored['request_id'] || null,
    user_id: stored['user_id'] || null,
    correlation_id: stored['correlation_id'] || null,
    status,
    created_at,
    updated_at,
    error: stored['error'] || null,
    reason: stored['reason'] || null,
  };
}

/** Reads a stored hash. @returns undefined when it is none */
function toRecord(notificationId: string, stored: Stored): NotificationRecord | undefined {
  const summary = toSummary(notificationId, stored);
  return (
    summary && {
      ...summary,
      devices: JSON.parse(stored['devices'] ?? '[]') as DeviceResult[],
      history: JSON.parse(stored['history'] ?? '[]') as HistoryEntry[],
    }
  );
}

function isStatus(value: string | null | undefined): value is NotificationStatus {
  return value === 'pending' || value === 'delivered' || value === 'failed';
}

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
function defineRecordCommands(client: RedisClient): RecordCommands {
  client.defineCommand('gatewayAccepted', { numberOfKeys: 1, lua: ACCEPTED });
  client.defineCommand('gatewayReported', { numberOfKeys: 1, lua: REPORTED });
  client.defineCommand('gatewayReserve', { numberOfKeys: 1, lua: RESERVE });
  client.defineCommand('gatewayUnreserve', { numberOfKeys: 1, lua: UNRESERVE });
  return client as RedisClient & RecordCommands;
}

/** Entries of a history; the final one comes on top. */
const MAX_HISTORY = 50;
/** How long an id stays reserved for a request whose gateway died; as long as the claim on that request. */
const KEEP_MS = 3_600_000;

/** What is known of notifications, kept in Redis for a while. All calls reject while Redis is down. */
@Injectable()
export class NotificationRecords {
  private readonly commands: RecordCommands;

  constructor(
    private readonly redis: RedisConnection,
    private readonly config: AcceptanceConfig,
    private readonly index: NotificationIndex,
  ) {
    this.commands = defineRecordCommands(redis.client);
  }

  /**
   * Takes a notification_id for a request; of several that choose the same one, the first has it.
   * @param token of this try; an earlier one of the same request is taken over
   * @returns false when it belongs to another request
   */
  async reserve(notificationId: string, requestId: string, token: string): Promise<boolean> {
    const key = this.key(notificationId);
    const answer = await this.redis.run(() =>
      this.commands.gatewayReserve(key, requestId, token, KEEP_MS),
    );
    return answer === 1;
  }

  /** Gives a reserved id back, unless something became of its notification or another try has it by now. */
  async unreserve(notificationId: string, token: string): Promise<void> {
    const key = this.key(notificationId);
    await this.redis.run(() => this.commands.gatewayUnreserve(key, token));
  }

  /** Records that the broker has the notification. @returns its status, which may be a later one already */
  async accepted(identity: NotificationIdentity): Promise<NotificationStatus> {
    const timestamp = new Date().toISOString();
    const entry: HistoryEntry = { status: 'pending', timestamp, error: null, reason: null };
    const [status] = await Promise.all([
      this.redis.run(() =>
        this.commands.gatewayAccepted(
          this.key(identity.notificationId),
          this.config.ttlSeconds,
          timestamp,
          JSON.stringify(entry),
          ...once(identity, timestamp),
        ),
      ),
      this.index.add(identity, Date.parse(timestamp)),
    ]);
    return status as NotificationStatus;
  }

  /**
   * Records a status report, of a notification that came through this gateway or of any other.
   * @returns the status from now on, and whether this report made a difference
   */
  async reported(event: StatusEvent): Promise<{ status: NotificationStatus; recorded: boolean }> {
    const timestamp = new Date(event.timestamp).toISOString();
    const { status, error } = event;
    const entry: HistoryEntry = { status, timestamp, error, reason: event.reason ?? null };
    const identity = identityOf(event);
    const [[now, recorded]] = await Promise.all([
      this.redis.run(() =>
        this.commands.gatewayReported(
          this.key(identity.notificationId),
          this.config.ttlSeconds,
          timestamp,
          JSON.stringify(entry),
          MAX_HISTORY,
          status,
          error ?? '',
          event.reason ?? '',
          JSON.stringify(event.devices),
          ...once(identity, timestamp),
        ),
      ),
      this.index.add(identity, Date.now()),
    ]);
    return { status: now as NotificationStatus, recorded: recorded === 1 };
  }

  /** Finds a notification by its id or by that of its request. */
  async find(id: string): Promise<NotificationRecord | undefined> {
    const record = await this.read(id);
    if (record) return record;
    const notificationId = await this.index.byRequest(id);
    return notificationId === undefined ? undefined : this.read(notificationId);
  }

  /** The notifications of a user, newest first. Pages count from 1. */
  async ofUser(
    userId: string,
    page: number,
    limit: number,
  ): Promise<{ total: number; notifications: NotificationSummary[] }> {
    const { total, ids } = await this.index.byUser(userId, page, limit);
    const found = await Promise.all(ids.map((id) => this.readSummary(id)));
    return { total, notifications: found.filter((summary) => summary !== undefined) };
  }

  private async read(notificationId: string): Promise<NotificationRecord | undefined> {
    const stored = await this.redis.run((client) => client.hgetall(this.key(notificationId)));
    return toRecord(notificationId, stored);
  }

  private async readSummary(notificationId: string): Promise<NotificationSummary | undefined> {
    const key = this.key(notificationId);
    const values = await this.redis.run((client) => client.hmget(key, ...SUMMARY_FIELDS));
    const stored = Object.fromEntries(SUMMARY_FIELDS.map((field, at) => [field, values[at]]));
    return toSummary(notificationId, stored);
  }

  private key(notificationId: string): string {
    return this.redis.key(`gateway:notification:${notificationId}`);
  }
}

/** Fields and values that are set once. */
function once(identity: NotificationIdentity, createdAt: string): string[] {
  const fields = {
    created_at: createdAt,
    request_id: identity.requestId,
    user_id: identity.userId,
    correlation_id: identity.correlationId,
  };
  return Object.entries(fields).flatMap(([name, value]) => (value ? [name, value] : []));
}

function identityOf(event: StatusEvent): NotificationIdentity {
  return {
    notificationId: event.notification_id,
    requestId: event.request_id ?? undefined,
    userId: event.user_id ?? undefined,
    correlationId: event.correlation_id ?? undefined,
  };
}
