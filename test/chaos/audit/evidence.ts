import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import type { DeadLetter, DeviceResult } from '@push/contracts';
import { QUEUE_FIGURES_MS, type QueueState } from '../servers/own-rabbitmq';
import type { Load } from '../world/load';
import type { World } from '../world/world';

/** What the gateway tells of one request in the end. */
export interface KnownEnd {
  status: string;
  reason: string | null;
  devices: DeviceResult[];
  /** Final entries of its history. */
  finals: number;
}

/** A dead letter as it lay in `failed.queue`. */
export interface FoundLetter {
  requestId: string | null;
  code: string;
  error: string;
  /** The whole message as it lay there. */
  content: Buffer;
}

/** A push that FCM took. */
export interface AcceptedSend {
  requestId: string;
  token: string;
  /** Epoch milliseconds. */
  at: number;
}

/** All that a scenario has left behind, read from outside of push-service. */
export interface Evidence {
  /** By request id. */
  ends: Map<string, KnownEnd>;
  /** Pushes that FCM took, in the order it took them. */
  sends: AcceptedSend[];
  /** How many of them, by request id and token. */
  accepted: Map<string, Map<string, number>>;
  /** Notifications on the screens, by request id and token. */
  shown: Map<string, Map<string, number>>;
  letters: FoundLetter[];
  /** Queues that are not empty, `failed.queue` aside. */
  leftInQueues: QueueState[];
  /** Claims that somebody still holds. */
  leased: number;
  /** What each push-service says of its intake, for those who look for the cause. */
  intakes: string[];
}

interface DeviceOnEmulator {
  token: string;
  screen: { data?: Record<string, string> }[];
}

interface SendOnEmulator {
  time: string;
  message: { token?: string; data?: Record<string, string> };
}

/** Waits until nothing moves any more, then reads it all. @param timeoutMs after which it is read as it is */
export async function gather(world: World, load: Load, timeoutMs: number): Promise<Evidence> {
  const deadline = Date.now() + timeoutMs;
  const until = async (quiet: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await quiet()) && Date.now() < deadline) await sleep(100);
  };
  const ids = [...load.accepted.keys()];
  await until(() => ids.every((id) => world.reports.of(id).takenAt !== undefined));
  // Twice in a row, as figures have an age, and what leaves one queue is in none until it is in the next.
  await until(async () => (await isAtRest(world)) && (await isAtRest(world)));
  const [ends, sends, shown, letters, left, held, intakes] = await Promise.all([
    readEnds(world, ids),
    readSends(world),
    readScreens(world),
    takeLetters(world),
    leftInQueues(world),
    leased(world),
    Promise.all(world.push.map(({ url }) => readIntake(url))),
  ]);
  const accepted: Evidence['accepted'] = new Map();
  for (const { requestId, token } of sends) count(accepted, requestId, token);
  return { ends, sends, accepted, shown, letters, leftInQueues: left, leased: held, intakes };
}

async function readEnds(world: World, ids: readonly string[]): Promise<Map<string, KnownEnd>> {
  const ends = new Map<string, KnownEnd>();
  const remaining = ids.values();
  const reader = async (): Promise<void> => {
    for (const id of remaining) {
      const end = await readEnd(world, id);
      if (end) ends.set(id, end);
    }
  };
  await Promise.all(Array.from({ length: 20 }, reader));
  return ends;
}

interface NotificationAtGateway extends Omit<KnownEnd, 'finals'> {
  history: { status: string }[];
}

async function readEnd(world: World, id: string): Promise<KnownEnd | undefined> {
  const path = `/api/v1/notifications/${encodeURIComponent(id)}`;
  const { statusCode, body } = await request(world.gateway.url + path);
  const answer = (await body.json()) as { data: NotificationAtGateway };
  if (statusCode !== 200) return undefined;
  const { status, reason, devices, history } = answer.data;
  return {
    status,
    reason,
    devices,
    finals: history.filter((entry) => entry.status !== 'pending').length,
  };
}

async function readIntake(url: string): Promise<string> {
  const { body } = await request(`${url}/api/v1/metrics`, {
    headers: { accept: 'application/json' },
  });
  return JSON.stringify(((await body.json()) as { intake: unknown }).intake);
}

async function readSends(world: World): Promise<AcceptedSend[]> {
  const sends = await world.askEmulator<SendOnEmulator[]>('/emulator/messages');
  return sends.reverse().map(({ message, time }) => ({
    requestId: message.data?.['request_id'] ?? '',
    token: message.token ?? '',
    at: Date.parse(time),
  }));
}

async function readScreens(world: World): Promise<Evidence['shown']> {
  const devices = await world.askEmulator<DeviceOnEmulator[]>('/emulator/devices');
  const counts: Evidence['shown'] = new Map();
  for (const { token, screen } of devices) {
    for (const { data } of screen) count(counts, data?.['request_id'], token);
  }
  return counts;
}

function count(counts: Map<string, Map<string, number>>, id = '', token = ''): void {
  let ofRequest = counts.get(id);
  if (!ofRequest) counts.set(id, (ofRequest = new Map()));
  ofRequest.set(token, (ofRequest.get(token) ?? 0) + 1);
}

/** Takes the dead letters out, so that the next scenario finds none. */
async function takeLetters(world: World): Promise<FoundLetter[]> {
  const connection = await world.servers.connect();
  const channel = await connection.createChannel();
  const letters: FoundLetter[] = [];
  for (;;) {
    const message = await channel.get('failed.queue', { noAck: true });
    if (!message) break;
    letters.push(readLetter(message.content));
  }
  await connection.close();
  return letters;
}

function readLetter(content: Buffer): FoundLetter {
  try {
    const letter = JSON.parse(content.toString()) as DeadLetter;
    return { requestId: letter.request_id, code: letter.error_code, error: letter.error, content };
  } catch {
    return { requestId: null, code: 'unreadable', error: '', content };
  }
}

async function isAtRest(world: World): Promise<boolean> {
  await sleep(3 * QUEUE_FIGURES_MS);
  return (await leftInQueues(world)).length === 0 && (await leased(world)) === 0;
}

async function leftInQueues(world: World): Promise<QueueState[]> {
  const queues = await world.servers.queues();
  return queues.filter(
    ({ name, ready, unacked }) => unacked > 0 || (ready > 0 && name !== 'failed.queue'),
  );
}

async function leased(world: World): Promise<number> {
  let held = 0;
  for (const store of world.servers.stores()) {
    for await (const keys of store.scanStream({ match: 'claim:*', count: 1000 })) {
      const states = await Promise.all((keys as string[]).map((key) => store.hget(key, 'state')));
      held += states.filter((state) => state === 'processing').length;
    }
  }
  return held;
}
