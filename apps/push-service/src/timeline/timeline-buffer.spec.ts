import { FIRST, LAST } from './first-and-last';
import { TimelineBuffer, type Pending } from './timeline-buffer';
import type { TimelineEvent } from './timeline-event.schema';

const ids = (requestId: string, notificationId = requestId) => ({ requestId, notificationId });
const events = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, n) => JSON.stringify({ at: from + n, event: 'overtaken' }));
const timesOf = (pending: Pending | undefined): number[] =>
  (JSON.parse(`[${pending?.events ?? ''}]`) as TimelineEvent[]).map(({ at }) => at);
const upTo = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, n) => from + n);

describe('TimelineBuffer', () => {
  it('hands over what belongs to one request together, and begins anew', () => {
    const buffer = new TimelineBuffer();
    buffer.add(ids('a', 'n'), events(2));
    buffer.add(ids('b'), events(1));
    buffer.add(ids('a'), events(1, 2));
    const all = buffer.empty();
    expect(all.map(({ requestId, notificationId }) => [requestId, notificationId])).toEqual([
      ['a', 'n'],
      ['b', undefined],
    ]);
    expect(timesOf(all[0])).toEqual([0, 1, 2]);
    expect(all.map(({ count }) => count)).toEqual([3, 1]);
    expect([buffer.size, buffer.empty()]).toEqual([0, []]);
  });

  it('takes no more than it has room for', () => {
    const buffer = new TimelineBuffer(5);
    expect(buffer.add(ids('a'), events(3))).toBe(true);
    expect(buffer.add(ids('b'), events(3))).toBe(false);
    expect(buffer.add(ids('b'), events(2))).toBe(true);
    expect(buffer.size).toBe(5);
    buffer.empty();
    expect(buffer.add(ids('b'), events(5))).toBe(true);
  });

  it('keeps how a request began and how it ended, however much lies between', () => {
    const buffer = new TimelineBuffer();
    buffer.add(ids('a'), events(1000));
    for (let n = 1000; n < 1200; n += 1) buffer.add(ids('a'), events(1, n));
    const [pending] = buffer.empty();
    const times = timesOf(pending);
    expect(times).toHaveLength(FIRST + LAST);
    expect(pending?.count).toBe(FIRST + LAST);
    expect(times.slice(0, FIRST)).toEqual(upTo(FIRST));
    expect(times.slice(FIRST)).toEqual(upTo(LAST, 1200 - LAST));
  });
});
