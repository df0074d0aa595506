import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { TurnStream } from './turn-stream';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const numbers = (lines: string): number[] =>
  lines
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { n: number }).n);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('TurnStream', () => {
  let writes: string[];
  let logger: ReturnType<typeof pino>;

  beforeEach(() => {
    writes = [];
    logger = pino({}, new TurnStream({ write: (lines) => void writes.push(lines) }));
  });

  it('writes the lines of one turn together, in their order', async () => {
    for (const n of [0, 1, 2]) logger.info({ n });
    expect(writes).toEqual([]);
    await turn();
    logger.child({ more: 1 }).info({ n: 3 });
    await turn();
    expect(writes.map(numbers)).toEqual([[0, 1, 2], [3]]);
    await turn();
    expect(writes).toHaveLength(2);
  });

  it.each(['error', 'fatal'] as const)(
    'writes at once at %s, what stands before it too',
    (level) => {
      logger.info({ n: 0 });
      logger[level]({ n: 1 });
      logger.info({ n: 2 });
      expect(writes.map(numbers)).toEqual([[0, 1]]);
    },
  );

  it('keeps back no more than 64 KB', () => {
    for (let n = 0; n < 1000; n += 1) logger.info({ n, text: 'x'.repeat(1000) });
    expect(numbers(writes.join('')).length).toBeGreaterThan(900);
    expect(Math.max(...writes.map(({ length }) => length))).toBeLessThan(70_000);
  });
});

describe('stdoutByTurns', () => {
  const file = readFileSync(join(__dirname, 'turn-stream.ts'), 'utf8');
  const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  const { outputText } = transpileModule(file, { compilerOptions: options });

  /** A process that logs 500 lines in one turn, and then does something. */
  const logging = (then: string, stdout: 'pipe' | number = 'pipe') =>
    spawn(
      process.execPath,
      [
        '-e',
        `${outputText}
        const logger = require('pino').pino({}, exports.stdoutByTurns());
        for (let n = 0; n < 500; n += 1) logger.info({ n });
        ${then}`,
      ],
      { stdio: ['ignore', stdout, 'ignore'] },
    );

  it.each([
    ['exits at once', 'process.exit(3)', 3, 500],
    ['dies of an error that nobody caught', 'throw new Error("as scripted")', 1, 500],
    ['dies of a rejection that nobody handled', 'void Promise.reject(new Error("x"))', 1, 500],
    [
      'dies of an error in a later turn',
      'setTimeout(() => { logger.info({ n: 500 }); throw 1; })',
      1,
      501,
    ],
    ['comes to its end', '', 0, 500],
    ['logs as it exits', 'process.on("exit", () => logger.info({ n: 500 }))', 0, 501],
  ])('loses no line of a process that %s', async (_how, then, code, lines) => {
    const child = logging(then);
    const output = child.stdout ? text(child.stdout) : '';
    const [written, [exitCode]] = await Promise.all([output, once(child, 'exit')]);
    expect(numbers(written)).toEqual(upTo(lines));
    expect(exitCode).toBe(code);
  });

  const GOES_ON = `
    let turns = 0;
    setInterval(() => {
      logger.error({ n: turns });
      logger.info({ n: turns });
      if ((turns += 1) === 20) process.exit(3);
    }, 5);`;

  it('does not end a process whose reader has gone', async () => {
    const child = logging(GOES_ON);
    if (!child.stdout) throw new Error('No output');
    await once(child.stdout, 'readable');
    child.stdout.destroy();
    expect((await once(child, 'exit'))[0]).toBe(3);
  });

  it('does not end a process whose output cannot be written', async () => {
    const onlyToRead = openSync(__filename, 'r');
    const child = logging(GOES_ON, onlyToRead);
    closeSync(onlyToRead);
    expect((await once(child, 'exit'))[0]).toBe(3);
  });
});
