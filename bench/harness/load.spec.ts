import { Load } from './load';

const read = (body: Buffer) => JSON.parse(body.toString()) as Record<string, unknown>;

describe('Load', () => {
  it('makes notifications for as many users, each with an id of its own', () => {
    const messages = [...new Load('r-', 5, 2, false).messages()];
    expect(messages.map(({ id }) => id)).toEqual(['r-0', 'r-1', 'r-2', 'r-3', 'r-4']);
    expect(messages.map(({ body }) => read(body)['user_id'])).toEqual([
      'user-0',
      'user-1',
      'user-0',
      'user-1',
      'user-0',
    ]);
  });

  it("puts them into Nest's envelope where that is wanted", () => {
    const [message] = new Load('r-', 1, 1, true).messages();
    expect(read(message!.body)).toMatchObject({ pattern: 'push', data: { request_id: 'r-0' } });
  });

  it('notes when each was taken', () => {
    const load = new Load('r-', 3, 1, false);
    for (const _ of load.messages(0, 2));
    const [first = 0, second = 0, third] = load.publishedAt;
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThanOrEqual(first);
    expect(third).toBe(0);
  });
});
