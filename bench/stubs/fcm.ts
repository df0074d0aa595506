import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Delay } from './delay';
import { listenHttp2 } from './fcm-http2';
import { Receipts, type Expected, type Progress } from './receipts';

/** What the stub is asked over the channel to its parent; each is answered. */
export type FcmOrder =
  | { kind: 'begin'; expected: Expected; latencyMs: number }
  | { kind: 'progress' }
  /** Answered, with the progress, once so many notifications have come. */
  | { kind: 'await'; complete: number }
  | { kind: 'receipts' };

export type FcmReply =
  | { kind: 'listening'; http2Port: number; http1Port: number }
  | { kind: 'begun' }
  | { kind: 'progress'; progress: Progress }
  | { kind: 'receipts'; receivedAt: Float64Array };

/** FCM's stub: takes every message, after a set time, over HTTP/2 and over HTTP/1.1, and keeps when each came. */

const delay = new Delay();
let receipts = new Receipts({ prefix: '', notifications: 0, devicesEach: 1 });
let names = 0;
/** What a waiting parent wants to have come. */
let awaited = Infinity;

function tell(reply: FcmReply): void {
  process.send?.(reply);
}

function progress(): FcmReply {
  return { kind: 'progress', progress: receipts.progress };
}

function tellWhenCome(): void {
  if (receipts.progress.complete < awaited) return;
  awaited = Infinity;
  tell(progress());
}

function receive(body: Buffer, answer: (json: string) => void): void {
  receipts.note(body);
  tellWhenCome();
  names += 1;
  const json = `{"name":"projects/bench/messages/0:${names}"}`;
  delay.run(() => answer(json));
}

function obey(order: FcmOrder): void {
  switch (order.kind) {
    case 'begin':
      receipts = new Receipts(order.expected);
      delay.ms = order.latencyMs;
      tell({ kind: 'begun' });
      return;
    case 'progress':
      tell(progress());
      return;
    case 'await':
      awaited = order.complete;
      tellWhenCome();
      return;
    case 'receipts':
      tell({ kind: 'receipts', receivedAt: receipts.receivedAt });
      return;
    default:
      order satisfies never;
  }
}

const http2 = listenHttp2(receive);
const http1 = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () =>
    receive(Buffer.concat(chunks), (json) => {
      response.setHeader('content-type', 'application/json');
      response.end(json);
    }),
  );
});
http1.keepAliveTimeout = 60_000;
http1.listen(0, '127.0.0.1');

process.on('message', (order: FcmOrder) => obey(order));
process.on('disconnect', () => process.exit());

void Promise.all([http2, http1].map((server) => once(server, 'listening'))).then(() => {
  const [http2Port = 0, http1Port = 0] = [http2, http1].map(
    (server) => (server.address() as AddressInfo).port,
  );
  tell({ kind: 'listening', http2Port, http1Port });
});
