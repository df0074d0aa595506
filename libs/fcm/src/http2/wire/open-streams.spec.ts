import { Http2Stream } from './http2-stream';
import { OpenStreams } from './open-streams';

function streamsOf(...ids: number[]): OpenStreams {
  const open = new OpenStreams();
  for (const id of ids) {
    const stream = new Http2Stream([], '', { onAnswer: jest.fn(), onBroken: jest.fn() });
    stream.id = id;
    open.add(stream);
  }
  return open;
}

const idsOf = (open: OpenStreams): number[] => [...open].map(({ id }) => id);

describe('OpenStreams', () => {
  it.each([1, 3, 7, 9, 13])('finds stream %d among others', (id) => {
    expect(streamsOf(1, 3, 7, 9, 13).get(id)).toMatchObject({ id });
  });

  it.each([0, 5, 15])('finds no stream %d where there is none', (id) => {
    const open = streamsOf(1, 3, 7, 9, 13);
    expect(open.get(id)).toBeUndefined();
    expect(open.has(id)).toBe(false);
    expect(open.delete(id)).toBe(false);
    expect(open.size).toBe(5);
  });

  it('lets streams end in any order, once', () => {
    const open = streamsOf(1, 3, 7, 9, 13);
    expect([7, 1, 13, 7].map((id) => open.delete(id))).toEqual([true, true, true, false]);
    expect(idsOf(open)).toEqual([3, 9]);
    expect([3, 9].map((id) => open.has(id))).toEqual([true, true]);
  });
});
