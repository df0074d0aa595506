import type { AccessToken } from '../credentials/access-tokens';
import type { RequestHead } from './wire/hpack-encoder';

/** The header fields of all sends with one access token: one object, so that a connection knows it again. */
export class RequestHeads {
  private readonly scheme: string;
  private readonly authority: string;
  private readonly path: string;
  private latest?: { token: AccessToken; head: RequestHead };

  constructor({ id, origin }: { id: string; origin: string }) {
    const { protocol, host } = new URL(origin);
    this.scheme = protocol.slice(0, -1);
    this.authority = host;
    this.path = `/v1/projects/${encodeURIComponent(id)}/messages:send`;
  }

  of(token: AccessToken): RequestHead {
    if (this.latest?.token !== token) this.latest = { token, head: this.write(token) };
    return this.latest.head;
  }

  private write({ authorization }: AccessToken): RequestHead {
    return [
      [':method', 'POST'],
      [':scheme', this.scheme],
      [':authority', this.authority],
      [':path', this.path],
      ['authorization', authorization],
      ['content-type', 'application/json'],
    ];
  }
}
