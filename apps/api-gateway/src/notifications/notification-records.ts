import { Injectable } from '@nestjs/common';
import type { StatusEvent } from '@push/contracts';
import { RedisConnection } from '@push/redis';
import { AcceptanceConfig } from '../gateway.config';
import { NotificationIndex } from './notification-index';
import {
  SUMMARY_FIELDS,
  toRecord,
  toSummary,
  type HistoryEntry,
  type NotificationIdentity,
  type NotificationRecord,
  type NotificationStatus,
  type NotificationSummary,
} from './notification-record';
import { defineRecordCommands, type RecordCommands } from './record.scripts';

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
