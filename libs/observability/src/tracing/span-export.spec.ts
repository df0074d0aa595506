import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { LoggedExporter } from './span-export';

describe('LoggedExporter', () => {
  const logger = { log: jest.fn(), warn: jest.fn() };
  let result: ExportResult;
  const exporter = new LoggedExporter(
    { export: (_spans, done) => done(result), shutdown: () => Promise.resolve() },
    logger,
  );
  const exportWith = (next: ExportResult): void => {
    result = next;
    exporter.export([], () => undefined);
  };

  it('logs once that the collector is unreachable, and once that it is back', () => {
    const error = Object.assign(new Error('with hunter2'), { code: 'ECONNREFUSED' });
    for (let n = 0; n < 3; n += 1) exportWith({ code: ExportResultCode.FAILED, error });
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(logger.warn).toHaveBeenCalledWith({ reason: 'ECONNREFUSED' }, expect.any(String));
    for (let n = 0; n < 3; n += 1) exportWith({ code: ExportResultCode.SUCCESS });
    expect(logger.log).toHaveBeenCalledTimes(1);
  });
});
