import { pino } from 'pino';
import { lineOptions } from './log-line';
import { isPolled, pathOf } from './request-logging';

const capture = (level: string, lines: string[]) =>
  pino(lineOptions('some-service', level), { write: (line) => void lines.push(line) });

function linesAt(level: string, log: (logger: ReturnType<typeof capture>) => void): string[] {
  const lines: string[] = [];
  log(capture(level, lines));
  return lines;
}

describe('lineOptions', () => {
  it('writes nothing at the level silent', () => {
    expect(linesAt('silent', (logger) => logger.fatal({ err: new Error('x') }, 'gone'))).toEqual(
      [],
    );
  });

  it('writes lines of the level and above', () => {
    const lines = linesAt('warn', (logger) => {
      logger.info('no');
      logger.warn('yes');
      logger.error('yes');
    });
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual([
      'WARN',
      'ERROR',
    ]);
  });

  it('writes timestamp, level and message first', () => {
    const lines = linesAt('info', (logger) => {
      logger.info({ tries: 2, message: 'in fields' }, 'as argument');
      logger.info({ tries: 2, last: { message: 'inner' } });
      logger.info({ text: 'a","message":"b"}', message: 'in fields' });
      logger.info('without fields');
    });
    const start = /^\{"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"INFO",/;
    expect(lines.map((line) => line.replace(start, ''))).toEqual([
      '"message":"as argument","service":"some-service","tries":2,"message":"in fields"}\n',
      '"service":"some-service","tries":2,"last":{"message":"inner"}}\n',
      '"message":"in fields","service":"some-service","text":"a\\",\\"message\\":\\"b\\"}"}\n',
      '"message":"without fields","service":"some-service"}\n',
    ]);
  });

  it('writes the context after the fields', () => {
    const [line = ''] = linesAt('info', (logger) => logger.info({ context: 'Delivery', tries: 2 }));
    expect(Object.keys(JSON.parse(line) as object).slice(-2)).toEqual(['tries', 'context']);
  });

  it('escapes every control character, and writes nothing that looks like another line', () => {
    const forged = 'a\n{"level":"FATAL"}\r\u001b[31m\u007f\u009b2J\u0085\u2028\u0000';
    const [line = '', ...others] = linesAt('info', (logger) =>
      logger.info({ request_id: forged, [forged]: 1 }, forged),
    );
    expect(others).toEqual([]);
    expect(line.trimEnd()).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    expect(JSON.parse(line)).toMatchObject({ request_id: forged, message: forged, [forged]: 1 });
  });

  it('limits the length of a logged error', () => {
    const err = new Error('x'.repeat(100_000));
    const [line = ''] = linesAt('info', (logger) => logger.error({ err }, 'Large'));
    expect(line.length).toBeLessThan(15_000);
  });
});

describe('pathOf', () => {
  it.each([
    ['/api/v1/users/7?token=hidden', '/api/v1/users/7'],
    ['/api/v1/users/7#part', '/api/v1/users/7'],
    [`/emulator/devices/${'t'.repeat(20)}`, '/emulator/devices/tttt...tttt'],
    [`/anything/${'t'.repeat(65)}/x`, '/anything/tttt...tttt/x'],
    ['', ''],
  ])('shows %s as %s', (url, path) => {
    expect(pathOf({ url })).toBe(path);
  });
});

describe('isPolled', () => {
  it.each(['/api/v1/health', '/api/v1/health/live?x', '/metrics'])('is true for %s', (url) =>
    expect(isPolled({ url })).toBe(true),
  );
  it.each(['/api/v1/healthy', '/api/v1/users/1', '/?q=/health'])('is false for %s', (url) =>
    expect(isPolled({ url })).toBe(false),
  );
});
