import { FIRST, LAST } from './first-and-last';
import { TimelineBuffer } from './timeline-buffer';
import type { TimelineEvent } from './timeline-event.schema';

const ids = (requestId: string, notificationId = requestId) => ({ requestId, notificationId });
const events = (count: number, from = 0): TimelineEvent[] =>
  Array.from({ length: count }, (_, n) => ({ at: from + n, event: 'overtaken' }));

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
    expect(all[0]?.events.all.map(({ at }) => at)).toEqual([0, 1, 2]);
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
    const times = buffer.empty()[0]?.events.all.map(({ at }) => at);
    expect(times).toHaveLength(FIRST + LAST);
    expect(times?.slice(0, FIRST)).toEqual(events(FIRST).map(({ at }) => at));
    expect(times?.slice(FIRST)).toEqual(events(LAST, 1000 - LAST).map(({ at }) => at));
  });
});
