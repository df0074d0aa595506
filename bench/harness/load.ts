import type { Outgoing } from './broker';
import { sharedClock } from '../stubs/receipts';

/** The notifications of a round. */
export class Load {
  /** Microseconds of the shared clock, by notification. */
  readonly publishedAt: Float64Array;

  /**
   * @param prefix begins every request id; no other round may have it
   * @param users how many different ones they are for
   * @param enveloped whether they are in Nest's envelope
   */
  constructor(
    readonly prefix: string,
    readonly size: number,
    private readonly users: number,
    private readonly enveloped: boolean,
  ) {
    this.publishedAt = new Float64Array(size);
  }

  /** Notes of each when it is taken, which is when it is published. */
  *messages(from = 0, to = this.size): Generator<Outgoing> {
    for (let index = from; index < to; index += 1) {
      const id = `${this.prefix}${index}`;
      const body = Buffer.from(JSON.stringify(this.message(id, index)));
      this.publishedAt[index] = sharedClock();
      yield { id, body };
    }
  }

  private message(id: string, index: number): object {
    const request = {
      notification_type: 'push',
      user_id: `user-${index % this.users}`,
      template_code: 'Welcome {{name}}!',
      variables: { name: 'John', link: 'https://example.com', meta: {} },
      request_id: id,
      priority: 2,
      metadata: { campaign_id: '123' },
    };
    return this.enveloped ? { pattern: 'push', data: request } : request;
  }
}
