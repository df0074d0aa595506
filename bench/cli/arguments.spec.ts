import { parseArguments, type Request } from './arguments';

const rows = [
  { name: '0ms', title: 'at once', quick: true },
  { name: '80ms', title: 'later', quick: true },
  { name: 'soak', title: 'long', quick: false },
];

function request(...args: string[]): Request {
  const parsed = parseArguments(args, rows);
  if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed));
  return parsed.request;
}

function problem(...args: string[]): string {
  const parsed = parseArguments(args, rows);
  if (parsed.kind !== 'wrong') throw new Error(JSON.stringify(parsed));
  return parsed.problem;
}

describe('parseArguments', () => {
  it('measures everything, at full size, where nothing is asked for', () => {
    expect(request()).toMatchObject({
      rows: ['0ms', '80ms', 'soak'],
      write: false,
      settings: { notifications: 20_000, rounds: 3, soakSize: 1_000_000 },
    });
  });

  it('takes the main rows for --quick, smaller', () => {
    const { rows: names, settings } = request('--quick');
    expect(names).toEqual(['0ms', '80ms']);
    expect(settings.notifications).toBeLessThan(20_000);
  });

  it('takes the rows of --only in their own order, from lists too', () => {
    expect(request('--only', 'soak', '--only', '80ms,0ms').rows).toEqual(['0ms', '80ms', 'soak']);
  });

  it('leaves out those of --skip', () => {
    expect(request('--skip', 'soak').rows).toEqual(['0ms', '80ms']);
  });

  it('tells whether rows are left out', () => {
    expect(request('--write').partial).toBe(false);
    expect(request('--write', '--only', 'soak').partial).toBe(true);
    expect(request('--write', '--skip', 'soak').partial).toBe(true);
  });

  it('takes sizes', () => {
    const args = ['--notifications', '500', '--rounds', '1', '--soak-size', '2000'];
    expect(request(...args).settings).toMatchObject({
      notifications: 500,
      warmUp: 500,
      rounds: 1,
      soakSize: 2000,
    });
  });

  it.each([
    [['--only', 'nope'], 'there is no row "nope"; there are: 0ms, 80ms, soak'],
    [['--only', '0ms', '--skip', '80ms'], '--only and --skip'],
    [['--quick', '--skip', '0ms,80ms'], 'no row is left'],
    [['--rounds', '0'], '--rounds should be a whole number from 1'],
    [['--notifications', 'many'], '--notifications should be a whole number'],
    [['--notifications=1e4'], '--notifications should be a whole number'],
    [['--write', '--quick'], '--write keeps rows of full size'],
    [['--nope'], "Unknown option '--nope'"],
    [['0ms'], 'Unexpected argument'],
    [['--only'], '--only'],
  ])('says what is wrong with %j', (args, words) => {
    expect(problem(...args)).toContain(words);
  });

  it('lists the rows, and helps', () => {
    expect(parseArguments(['--list'], rows)).toEqual({
      kind: 'print',
      text: '0ms   at once (quick)\n80ms  later (quick)\nsoak  long',
    });
    expect(parseArguments(['--help'], rows)).toMatchObject({ kind: 'print' });
  });
});
