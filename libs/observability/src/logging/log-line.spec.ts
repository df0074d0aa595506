import { pino } from 'pino';
import { inRequest } from '../correlation/request-scope';
import { lineOptions, readableOrder } from './log-line';
import { pathOf } from './http-logging';

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

  it('writes the level and those above it', () => {
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

  it("writes the correlation id of a request's lines first, and once, where they have one of their own", () => {
    const lines = linesAt('info', (logger) => {
      inRequest('c-1', () => {
        logger.info({ tries: 2 }, 'within');
        logger.info('without fields');
        logger.info({ correlation_id: 'c-2' }, 'of its own');
      });
      logger.info({ tries: 2 }, 'outside');
    });
    expect(lines.map((line) => line.slice(line.indexOf(',"service"')))).toEqual([
      ',"service":"some-service","correlation_id":"c-1","tries":2}\n',
      ',"service":"some-service","correlation_id":"c-1"}\n',
      ',"service":"some-service","correlation_id":"c-2"}\n',
      ',"service":"some-service","tries":2}\n',
    ]);
  });

  it('writes no control character as it is, and nothing that looks like another line', () => {
    const forged = 'a\n{"level":"FATAL"}\r\u001b[31m\u007f\u009b2J\u0085\u2028\u0000';
    const [line = '', ...others] = linesAt('info', (logger) =>
      logger.info({ request_id: forged, [forged]: 1 }, forged),
    );
    expect(others).toEqual([]);
    expect(line.trimEnd()).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    expect(JSON.parse(line)).toMatchObject({ request_id: forged, message: forged, [forged]: 1 });
  });

  it('bounds what an error may write', () => {
    const err = new Error('x'.repeat(100_000));
    const [line = ''] = linesAt('info', (logger) => logger.error({ err }, 'Large'));
    expect(line.length).toBeLessThan(15_000);
  });
});

describe('readableOrder', () => {
  it.each(['plain text\n', '{"level":"INFO"}\n', '{"level', '{"level":"INFO","timestamp":"2'])(
    'leaves a line alone that it does not know: %j',
    (line) => {
      expect(readableOrder(line)).toBe(line);
    },
  );

  it('does not take the message of an object for that of the line', () => {
    const line = '{"level":"INFO","timestamp":"t","last":{"message":"inner"}}\n';
    expect(readableOrder(line)).toBe(
      '{"timestamp":"t","level":"INFO","last":{"message":"inner"}}\n',
    );
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
