import { quietStart } from './logging.module';

describe('quietStart', () => {
  const logger = { log: jest.fn(), debug: jest.fn(), warn: jest.fn(), error: jest.fn() };

  it("logs Nest's lines about its start at debug", () => {
    quietStart(logger).log('Mapped {/x, GET} route', 'RouterExplorer');
    expect(logger.debug).toHaveBeenCalledWith('Mapped {/x, GET} route', 'RouterExplorer');
    expect(logger.log).not.toHaveBeenCalled();
  });

  it('leaves the level of all other lines alone', () => {
    const quiet = quietStart(logger);
    quiet.log({ a: 1 }, 'ready', 'push-service');
    quiet.error('no', 'NestApplication');
    expect(logger.log).toHaveBeenCalledWith({ a: 1 }, 'ready', 'push-service');
    expect(logger.error).toHaveBeenCalledWith('no', 'NestApplication');
  });
});
