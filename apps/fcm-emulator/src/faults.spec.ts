import { type FaultInput, FaultList, faultsSchema } from './faults';

function armed(faults: FaultInput[], random = () => 0): FaultList {
  const list = new FaultList(random);
  list.replace(faultsSchema.parse(faults));
  return list;
}

describe('FaultList', () => {
  it('applies the first fault that matches', () => {
    const list = armed([
      { match: { token: 'a' }, then: { status: 500 } },
      { match: { project: 'p', validate_only: true }, then: { status: 429 } },
      { then: { status: 503 } },
    ]);
    expect(list.take('a', 'p', true)).toEqual({ status: 500 });
    expect(list.take('b', 'p', true)).toEqual({ status: 429 });
    expect(list.take('b', 'p', false)).toEqual({ status: 503 });
    expect(list.take(null, 'q', true)).toEqual({ status: 503 });
  });

  it('goes on to the next fault when one is used up', () => {
    const list = armed([
      { times: 2, then: { hang: true } },
      { times: 1, then: { reset: true } },
    ]);
    const taken = [1, 2, 3, 4].map(() => list.take('a', 'p', false));
    expect(taken).toEqual([{ hang: true }, { hang: true }, { reset: true }, undefined]);
    expect(list.view().map(({ applied }) => applied)).toEqual([2, 1]);
  });

  it('spends none of its times on a toss that is lost', () => {
    const tosses = [0.5, 0.49, 0];
    const list = armed(
      [{ times: 1, probability: 0.5, then: { hang: true } }],
      () => tosses.shift() ?? 1,
    );
    expect(list.take('a', 'p', false)).toBeUndefined();
    expect(list.take('a', 'p', false)).toEqual({ hang: true });
    expect(list.take('a', 'p', false)).toBeUndefined();
  });
});

describe('faultsSchema', () => {
  it.each([
    ['no list', {}],
    ['an unknown field', [{ then: { status: 500 }, when: 1 }]],
    ['an unknown error code', [{ then: { error_code: 'NOPE' } }]],
    ['a status that is no error', [{ then: { status: 200 } }]],
    ['nothing to do', [{ then: {} }]],
    ['two ends at once', [{ then: { status: 500, hang: true } }]],
    ['a Retry-After without an error', [{ then: { retry_after: 3, latency_ms: 1 } }]],
    ['no times at all', [{ times: 0, then: { hang: true } }]],
    ['a probability above 1', [{ probability: 2, then: { hang: true } }]],
  ])('refuses %s', (_, document) => {
    expect(faultsSchema.safeParse(document).success).toBe(false);
  });
});
