import { isObject, type JsonObject } from '../json';

/**
 * The newest entries of a stream, bounded by number and by weight. The oldest leave first, and adding
 * never moves the others.
 */
export class Ring<T> {
  private slots: ({ item: T; weight: number } | undefined)[] = [];
  private head = 0;
  private count = 0;
  private weight = 0;

  /**
   * @param capacity most entries kept
   * @param maxWeight most weight kept, in whatever unit `push` is given. @default unbounded
   */
  constructor(
    private readonly capacity: number,
    private readonly maxWeight = Infinity,
  ) {}

  get size(): number {
    return this.count;
  }

  push(item: T, weight = 0): void {
    while (this.count > 0 && (this.count >= this.capacity || this.weight + weight > this.maxWeight))
      this.dropOldest();
    this.slots[(this.head + this.count) % this.capacity] = { item, weight };
    this.count += 1;
    this.weight += weight;
  }

  /** Newest first, at most `limit`, only those that pass `filter`. */
  newest(limit: number, filter: (item: T) => boolean = () => true): T[] {
    const found: T[] = [];
    for (let i = this.count - 1; i >= 0 && found.length < limit; i -= 1) {
      const slot = this.slots[(this.head + i) % this.capacity];
      if (slot && filter(slot.item)) found.push(slot.item);
    }
    return found;
  }

  clear(): void {
    this.slots = [];
    this.head = 0;
    this.count = 0;
    this.weight = 0;
  }

  private dropOldest(): void {
    this.weight -= this.slots[this.head]?.weight ?? 0;
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) % this.capacity;
    this.count -= 1;
  }
}

/** What came of one send request; null while it still waits (latency). */
export type Answer = { status: number; error_code: string | null } | 'reset' | 'hang' | null;

/** One HTTP send request that arrived. Opened on arrival and filled in as its fields become known. */
export interface ArrivedRequest {
  readonly timeMs: number;
  token: string | null;
  requestId: string | null;
  validateOnly: boolean;
  answer: Answer;
}

/** One accepted send. The body stays text until someone asks for it: smaller to keep, and no second object graph. */
export interface AcceptedSend {
  readonly timeMs: number;
  readonly messageId: string;
  readonly project: string;
  readonly requestId: string | null;
  readonly body: string;
}

/** A request as `GET /emulator/requests` shows it. */
export interface RequestView {
  time: string;
  token: string | null;
  request_id: string | null;
  validate_only: boolean;
  answer: Answer;
}

/** An accepted send as `GET /emulator/messages` shows it. */
export interface MessageView {
  message_id: string;
  project: string;
  time: string;
  message: JsonObject;
}

/** The newest of what arrived and of what was accepted. */
export class Journal {
  readonly requests: Ring<ArrivedRequest>;
  readonly messages: Ring<AcceptedSend>;

  /**
   * @param maxEntries most requests, and most messages, remembered
   * @param maxCharacters most text of messages remembered
   */
  constructor(maxEntries: number, maxCharacters: number) {
    this.requests = new Ring(maxEntries);
    this.messages = new Ring(maxEntries, maxCharacters);
  }

  arrived(timeMs: number): ArrivedRequest {
    const request: ArrivedRequest = {
      timeMs,
      token: null,
      requestId: null,
      validateOnly: false,
      answer: null,
    };
    this.requests.push(request);
    return request;
  }

  accepted(send: AcceptedSend): void {
    this.messages.push(send, send.body.length);
  }

  clear(): void {
    this.requests.clear();
    this.messages.clear();
  }
}

export function viewRequest(request: ArrivedRequest): RequestView {
  return {
    time: new Date(request.timeMs).toISOString(),
    token: request.token,
    request_id: request.requestId,
    validate_only: request.validateOnly,
    answer: request.answer,
  };
}

export function viewMessage(send: AcceptedSend): MessageView {
  const body: unknown = JSON.parse(send.body);
  const message = isObject(body) && isObject(body.message) ? body.message : {};
  return {
    message_id: send.messageId,
    project: send.project,
    time: new Date(send.timeMs).toISOString(),
    message,
  };
}
