import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { stdoutDestination } from './log-destination';

const numbers = (lines: string): number[] =>
  lines
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { n: number }).n);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe(stdoutDestination, () => {
  const file = readFileSync(join(__dirname, 'log-destination.ts'), 'utf8');
  const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
  const { outputText } = transpileModule(file, { compilerOptions: options });

  /** A process that logs 500 lines at once, and then does something. */
  const logging = (then: string, stdout: 'pipe' | number = 'pipe') =>
    spawn(
      process.execPath,
      [
        '-e',
        `${outputText}
        const logger = require('pino').pino({}, exports.stdoutDestination());
        for (let n = 0; n < 500; n += 1) logger.info({ n });
        ${then}`,
      ],
      { stdio: ['ignore', stdout, 'ignore'] },
    );

  it.each([
    ['exits at once', 'process.exit(3)', 3, 500],
    ['dies of an uncaught error', 'throw new Error("as scripted")', 1, 500],
    ['dies of an unhandled rejection', 'void Promise.reject(new Error("x"))', 1, 500],
    [
      'dies of an uncaught error in a later turn',
      'setTimeout(() => { logger.info({ n: 500 }); throw 1; })',
      1,
      501,
    ],
    ['ends by itself', '', 0, 500],
    [
      'ends on SIGTERM',
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

  it.each(['error', 'fatal'] as const)(
    'writes a line at %s at once, and the lines before it',
    async (level) => {
      const child = logging(
        `logger.${level}({ n: 500 }); logger.info({ n: 501 }); process.kill(process.pid, 'SIGKILL')`,
      );
      if (!child.stdout) throw new Error('No output');
      expect(numbers(await text(child.stdout))).toEqual(upTo(501));
    },
  );

  it('writes a line after 20 ms', async () => {
    const child = logging('setInterval(() => undefined, 60_000)');
    if (!child.stdout) throw new Error('No output');
    let written = '';
    for await (const chunk of child.stdout) {
      written += String(chunk);
      if (numbers(written.slice(0, written.lastIndexOf('\n'))).length === 500) break;
    }
    child.kill('SIGKILL');
    expect(numbers(written)).toEqual(upTo(500));
  });

  const KEEPS_LOGGING = `
    let turns = 0;
    setInterval(() => {
      logger.error({ n: turns });
      logger.info({ n: turns });
      if ((turns += 1) === 20) process.exit(3);
    }, 5);`;

  it('does not end a process whose output pipe is closed', async () => {
    const child = logging(KEEPS_LOGGING);
    if (!child.stdout) throw new Error('No output');
    await once(child.stdout, 'readable');
    child.stdout.destroy();
    expect((await once(child, 'exit'))[0]).toBe(3);
  });

  it('does not end a process whose output cannot be written', async () => {
    const readOnly = openSync(__filename, 'r');
    const child = logging(KEEPS_LOGGING, readOnly);
    closeSync(readOnly);
    expect((await once(child, 'exit'))[0]).toBe(3);
  });
});
