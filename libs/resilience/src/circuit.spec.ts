import { CircuitState } from 'cockatiel';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Circuit } from './circuit';
import { Judge, type CallResult } from './judge';
import { AllThroughCockatiel } from './testing/all-through-cockatiel';
import { CircuitBench, Told } from './testing/circuit-bench';

const FAILURES = 3;

/** Numbers from 0 to below 1, the same with every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** One move, the same for every bench it is made on. */
function move(
  random: () => number,
  underWay: number,
): [name: string, (bench: CircuitBench) => void] {
  const pick = <T>(...of: [T, ...T[]]): T => of[Math.floor(random() * of.length)] ?? of[0];
  const index = Math.floor(random() * underWay);
  const how = pick<'returns' | 'throws'>('returns', 'throws');
  const verdict = pick<CallResult>('success', 'failure', 'failure', 'failure', 'open');
  const succeeds = pick(true, false);
  const state = pick<'open' | 'closed'>('open', 'closed');
  const dice = random();
  if (dice < 0.4) return ['begin', (bench) => bench.begin()];
  if (dice < 0.8) return [`${how} ${verdict}`, (bench) => bench.end(index, how, verdict)];
  if (dice < 0.88) return ['probe', (bench) => bench.probe()];
  if (dice < 0.95) return [`probe ${succeeds}`, (bench) => bench.endProbe(succeeds)];
  if (dice < 0.96) return ['hold', (bench) => bench.hold()];
  return [`begin anew ${state}`, (bench) => bench.beginAnew(state)];
}

describe('Circuit', () => {
  it('does what cockatiel does where every call goes through it', async () => {
    const random = chance(7);
    for (let round = 0; round < 100; round += 1) {
      const expected = new CircuitBench(
        (judge, onChange) => new AllThroughCockatiel(FAILURES, judge, onChange),
      );
      const actual = new CircuitBench((judge, onChange) => new Circuit(FAILURES, judge, onChange));
      const moves: string[] = [];
      for (let n = 0; n < 60; n += 1) {
        const [name, make] = move(random, expected.underWay);
        moves.push(name);
        make(expected);
        make(actual);
        await turnOfTheLoop();
        expect({ moves, ...actual.view }).toEqual({
          moves,
          ...expected.view,
        });
      }
    }
  });

  describe('of calls', () => {
    let judged: unknown[];
    let circuit: Circuit;

    beforeEach(() => {
      judged = [];
      const noted = (outcome: unknown): CallResult => {
        judged.push(outcome);
        return outcome instanceof Told ? outcome.verdict : (outcome as CallResult);
      };
      const judge = new Judge({ classifyResult: noted, classifyError: noted });
      circuit = new Circuit(FAILURES, judge, () => undefined);
    });

    it('judges each outcome once, whatever follows from it', async () => {
      const outcomes = ['success', 'failure', 'success', 'failure', 'open'];
      for (const outcome of outcomes) await circuit.execute(() => Promise.resolve(outcome));
      expect(judged).toEqual(outcomes);
      expect(circuit.state).toBe(CircuitState.Open);
    });

    it('counts what is thrown at once as what is rejected', async () => {
      const broken = (): Promise<void> => {
        throw new Told('failure');
      };
      for (let n = 0; n < FAILURES; n += 1) {
        await expect(circuit.execute(broken)).rejects.toThrow('failure');
      }
      expect([circuit.state, judged.length]).toEqual([CircuitState.Open, FAILURES]);
    });

    it('is open before the caller of what opened it hears of that', async () => {
      const seen = circuit.execute(() => Promise.resolve('open')).then(() => circuit.state);
      await expect(seen).resolves.toBe(CircuitState.Open);
    });

    it('opens for what speaks against it right after a sound answer', async () => {
      await Promise.all(
        ['success', 'open'].map((outcome) => circuit.execute(() => Promise.resolve(outcome))),
      );
      expect(circuit.state).toBe(CircuitState.Open);
    });

    it('counts calls in the order in which they end', async () => {
      const outcomes = ['failure', 'failure', 'success', 'failure', 'failure'];
      await Promise.all(outcomes.map((outcome) => circuit.execute(() => Promise.resolve(outcome))));
      expect([circuit.state, circuit.failures]).toEqual([CircuitState.Closed, 2]);
    });

    it('is opened again by a call from before that fails during the trial', async () => {
      const late: ((verdict: CallResult) => void)[] = [];
      const call = circuit.execute(() => new Promise<CallResult>((resolve) => late.push(resolve)));
      await circuit.trip('seen elsewhere');
      const trial = circuit.trial(() => new Promise(() => undefined));
      expect(circuit.state).toBe(CircuitState.HalfOpen);
      late[0]?.('open');
      await call;
      expect(circuit.state).toBe(CircuitState.Open);
      await expect(trial).rejects.toThrow();
    });
  });
});
