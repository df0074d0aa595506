import { Readable } from 'node:stream';
import { z } from 'zod';
import type { DeviceStore } from './devices/device.store';
import { PLATFORMS } from './devices/rendering';
import { type FaultList, faultsSchema } from './faults';
import { type Exchange, readBody } from './http/exchange';
import { type Journal, viewMessage, viewRequest } from './records/journal';
import type { Stats } from './records/stats';
import { JSON_HEADERS } from './send/fcm-errors';

/** Entries made into text at a time: a long list neither blocks the sends nor becomes one huge string. */
const CHUNK = 500;

/** The text of a JSON array, in pieces. */
export function* jsonArray<T>(
  entries: readonly T[],
  view: (entry: T) => object,
): Generator<string> {
  yield '[';
  for (let from = 0; from < entries.length; from += CHUNK) {
    const chunk = entries.slice(from, from + CHUNK).map((entry) => JSON.stringify(view(entry)));
    yield (from === 0 ? '' : ',') + chunk.join(',');
  }
  yield ']';
}

const MAX_BODY_BYTES = 1024 * 1024;
const registration = z.strictObject({ platform: z.enum(PLATFORMS) });
const limitSchema = z.coerce.number().int().min(0).default(Number.MAX_SAFE_INTEGER);

/** What the control routes work on. */
export interface ControlledState {
  devices: DeviceStore;
  journal: Journal;
  faults: FaultList;
  stats: Stats;
}

/** The routes under `/emulator/`: what the screens show, what arrived, and the faults. */
export class ControlRoutes {
  constructor(private readonly state: ControlledState) {}

  /** @returns false for a path that is none of these */
  handle(exchange: Exchange, path: string, query: URLSearchParams): boolean {
    const token = /^\/emulator\/devices\/([^/]+)$/.exec(path)?.[1];
    if (token !== undefined) return this.device(exchange, token);
    switch (`${exchange.method} ${path}`) {
      case 'GET /emulator/devices': {
        const screenLimit = readLimit(query, 'screen_limit');
        if (screenLimit === undefined) return refuse(exchange, 400, limitRule('screen_limit'));
        const wanted = (limit: number) => this.state.devices.latest(limit, screenLimit);
        return this.list(exchange, query, wanted, (draw) => draw());
      }
      case 'GET /emulator/messages': {
        const id = query.get('request_id');
        const wanted = (limit: number) =>
          this.state.journal.messages.newest(limit, (send) => id === null || send.requestId === id);
        return this.list(exchange, query, wanted, viewMessage);
      }
      case 'GET /emulator/requests': {
        const id = query.get('request_id');
        const ofToken = query.get('token');
        const wanted = (limit: number) =>
          this.state.journal.requests.newest(
            limit,
            (request) =>
              (id === null || request.requestId === id) &&
              (ofToken === null || request.token === ofToken),
          );
        return this.list(exchange, query, wanted, viewRequest);
      }
      case 'GET /emulator/stats':
        return this.answer(exchange, this.state.stats.view(Date.now()));
      case 'POST /emulator/reset':
        this.reset();
        return this.answer(exchange, {});
      case 'GET /emulator/faults':
        return this.answer(exchange, this.state.faults.view());
      case 'DELETE /emulator/faults':
        this.state.faults.replace([]);
        return this.answer(exchange, []);
      case 'PUT /emulator/faults':
        return this.withBody(exchange, faultsSchema, (faults) => {
          this.state.faults.replace(faults);
          this.answer(exchange, this.state.faults.view());
        });
      default:
        return false;
    }
  }

  /** Forgets everything but the connections that are open. */
  reset(): void {
    const { devices, journal, faults, stats } = this.state;
    devices.clear();
    journal.clear();
    faults.replace([]);
    stats.clear();
  }

  private device(exchange: Exchange, encodedToken: string): boolean {
    let token: string;
    try {
      token = decodeURIComponent(encodedToken);
    } catch {
      return refuse(exchange, 400, 'the token in the path is not valid percent-encoding');
    }
    if (exchange.method === 'GET') return this.answer(exchange, this.state.devices.get(token));
    if (exchange.method !== 'PUT') return false;
    return this.withBody(exchange, registration, ({ platform }) => {
      this.answer(exchange, this.state.devices.register(token, platform));
    });
  }

  private list<T>(
    exchange: Exchange,
    query: URLSearchParams,
    entries: (limit: number) => T[],
    view: (entry: T) => object,
  ): boolean {
    const limit = readLimit(query, 'limit');
    if (limit === undefined) return refuse(exchange, 400, limitRule('limit'));
    exchange.replyWith(200, JSON_HEADERS, Readable.from(jsonArray(entries(limit), view)));
    return true;
  }

  private withBody<T>(exchange: Exchange, schema: z.ZodType<T>, use: (value: T) => void): boolean {
    readBody(exchange.body, MAX_BODY_BYTES, (body) => {
      if (body === undefined)
        return refuse(exchange, 413, `the body is larger than ${MAX_BODY_BYTES} bytes`);
      let json: unknown;
      try {
        json = JSON.parse(body.toString('utf8'));
      } catch {
        return refuse(exchange, 400, 'the body is not JSON');
      }
      const parsed = schema.safeParse(json);
      if (parsed.success) {
        use(parsed.data);
        return;
      }
      return refuse(
        exchange,
        400,
        parsed.error.issues
          .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
          .join('; '),
      );
    });
    return true;
  }

  private answer(exchange: Exchange, value: object): boolean {
    exchange.reply(200, JSON_HEADERS, JSON.stringify(value));
    return true;
  }
}

/** Undefined where it is not a limit; no limit where it is not given. */
function readLimit(query: URLSearchParams, name: string): number | undefined {
  const limit = limitSchema.safeParse(query.get(name) ?? undefined);
  return limit.success ? limit.data : undefined;
}

const limitRule = (name: string): string => `${name} must be a whole number, 0 or more`;

/** An error of the control interface, in the same envelope as FCM's. */
export function refuse(exchange: Exchange, code: number, message: string): true {
  const status = code === 404 ? 'NOT_FOUND' : 'INVALID_ARGUMENT';
  exchange.reply(code, JSON_HEADERS, JSON.stringify({ error: { code, message, status } }));
  return true;
}
