import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { BatchStream } from './batch-stream';

const numbers = (lines: string): number[] =>
  lines
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { n: number }).n);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('BatchStream', () => {
  let writes: string[];
  let logger: ReturnType<typeof pino>;

  beforeEach(() => {
    jest.useFakeTimers();
    writes = [];
    logger = pino({}, new BatchStream({ write: (lines) => void writes.push(lines) }));
  });
  afterEach(() => jest.useRealTimers());

  it('writes together what comes within 20 ms of the first line, in its order', () => {
    logger.info({ n: 0 });
    jest.advanceTimersByTime(10);
    logger.warn({ n: 1 });
    jest.advanceTimersByTime(9);
    logger.child({ more: 1 }).info({ n: 2 });
    expect(writes).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(writes.map(numbers)).toEqual([[0, 1, 2]]);
    logger.info({ n: 3 });
    jest.advanceTimersByTime(20);
    expect(writes.map(numbers)).toEqual([[0, 1, 2], [3]]);
  });

  it('has one timer at most, and none while there is nothing to write', () => {
    expect(jest.getTimerCount()).toBe(0);
    for (let n = 0; n < 200; n += 1) logger.info({ n, text: 'x'.repeat(1000) });
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(20);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each(['error', 'fatal'] as const)(
    'writes at once at %s, what stands before it too',
    (level) => {
      logger.info({ n: 0 });
      logger[level]({ n: 1 });
      logger.info({ n: 2 });
      expect(writes.map(numbers)).toEqual([[0, 1]]);
      jest.advanceTimersByTime(20);
      expect(writes.map(numbers)).toEqual([[0, 1], [2]]);
    },
  );

  it('writes at once when 16 KB have come together', () => {
    for (let n = 0; n < 1000; n += 1) logger.info({ n, text: 'x'.repeat(1000) });
    expect(numbers(writes.join('')).length).toBeGreaterThan(980);
    for (const { length } of writes) {
      expect(length).toBeGreaterThanOrEqual(16 * 1024);
      expect(length).toBeLessThan(18 * 1024);
    }
  });

  it('keeps nothing back once it has ended', () => {
    const stream = new BatchStream({ write: (lines) => void writes.push(lines) });
    stream.write('a\n');
    stream.end();
    stream.write('b\n');
    expect(writes).toEqual(['a\n', 'b\n']);
  });
});

describe('stdoutInBatches', () => {
  const file = readFileSync(join(__dirname, 'batch-stream.ts'), 'utf8');
  const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  const { outputText } = transpileModule(file, { compilerOptions: options });

  /** A process that logs 500 lines at once, and then does something. */
  const logging = (then: string, stdout: 'pipe' | number = 'pipe') =>
    spawn(
      process.execPath,
      [
        '-e',
        `${outputText}
        const logger = require('pino').pino({}, exports.stdoutInBatches());
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
    [
      'is told to end, and does',
      `process.on("SIGTERM", () => {
         logger.info({ n: 500 });
         process.exit(0);
       });
       setInterval(() => undefined, 1000);
       process.kill(process.pid, "SIGTERM")`,
      0,
      501,
    ],
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
