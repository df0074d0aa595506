import type { Http2Stream } from './http2-stream';

/**
 * The streams of one connection that have begun and not ended, by id: few, and in the order of their ids, as they begin in
 * it. A list, as a Map would keep streams that have ended (see `Line` in `@push/resilience`).
 */
export class OpenStreams implements Iterable<Http2Stream> {
  private readonly streams: Http2Stream[] = [];

  get size(): number {
    return this.streams.length;
  }

  /** @param stream with a higher id than all before it */
  add(stream: Http2Stream): void {
    this.streams.push(stream);
  }

  get(id: number): Http2Stream | undefined {
    const stream = this.streams[this.placeOf(id)];
    return stream?.id === id ? stream : undefined;
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  /** @returns whether it was there */
  delete(id: number): boolean {
    const place = this.placeOf(id);
    if (this.streams[place]?.id !== id) return false;
    this.streams.splice(place, 1);
    return true;
  }

  [Symbol.iterator](): Iterator<Http2Stream> {
    return this.streams.values();
  }

  /** Of the first stream whose id is not below this one. */
  private placeOf(id: number): number {
    let from = 0;
    let to = this.streams.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.streams[middle]?.id ?? 0) < id) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
