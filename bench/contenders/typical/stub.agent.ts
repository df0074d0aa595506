import { Agent } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** Leads firebase-admin, which knows Google's host only, to the stub; in cleartext, as everybody else here. */
export class StubAgent extends Agent {
  constructor(private readonly port: number) {
    super({ keepAlive: true });
  }

  override createConnection(): Duplex {
    return connect({ host: '127.0.0.1', port: this.port, noDelay: true });
  }
}
