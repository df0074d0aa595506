import { Injectable } from '@nestjs/common';
import { RedisConnection } from '@push/redis';
import { instanceReport, type InstanceReport } from './instance';
import { keptJson } from './kept-json';

/** Milliseconds after which an instance that has said nothing is taken for ended. */
const SILENCE_MS = 10_000;
/** Most instances that are listed. */
const MOST = 200;

/** What each instance has said of itself last, in Redis, by whose clock it is forgotten. Past the breaker, as the wishes. */
@Injectable()
export class Instances {
  private readonly ids: string;

  constructor(private readonly redis: RedisConnection) {
    this.ids = redis.key('control:instances');
  }

  async say(report: InstanceReport): Promise<void> {
    await this.redis.runUnguarded((client) =>
      Promise.all([
        client.set(this.key(report.id), JSON.stringify(report), 'PX', SILENCE_MS),
        client.sadd(this.ids, report.id),
      ]),
    );
  }

  /** Takes one off the list: it ends. */
  async leave(id: string): Promise<void> {
    await this.redis.runUnguarded((client) =>
      Promise.all([client.del(this.key(id)), client.srem(this.ids, id)]),
    );
  }

  /** Those that have spoken of late, by their start; forgets the others. @throws {RedisUnavailableError} */
  async all(): Promise<InstanceReport[]> {
    const reports: InstanceReport[] = [];
    const gone: string[] = [];
    const ids = await this.redis.runUnguarded((client) => client.smembers(this.ids));
    const texts = await this.redis.runUnguarded((client) =>
      Promise.all(ids.slice(0, MOST).map((id) => client.get(this.key(id)))),
    );
    for (const [index, text] of texts.entries()) {
      const { data } = instanceReport.safeParse(keptJson(text ?? ''));
      if (data !== undefined) reports.push(data);
      else gone.push(ids[index] ?? '');
    }
    if (gone.length > 0) await this.redis.runUnguarded((client) => client.srem(this.ids, ...gone));
    return reports.sort((one, other) => (one.started_at < other.started_at ? -1 : 1));
  }

  private key(id: string): string {
    return this.redis.key(`control:instance:${id}`);
  }
}
