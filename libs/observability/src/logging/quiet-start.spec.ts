import { quietStart } from './quiet-start';

describe('quietStart', () => {
  const logger = { log: jest.fn(), debug: jest.fn(), warn: jest.fn(), error: jest.fn() };

  it("turns Nest's account of its start to debug", () => {
    quietStart(logger).log('Mapped {/x, GET} route', 'RouterExplorer');
    expect(logger.debug).toHaveBeenCalledWith('Mapped {/x, GET} route', 'RouterExplorer');
    expect(logger.log).not.toHaveBeenCalled();
  });

  it('leaves everything else as loud as it was', () => {
    const quiet = quietStart(logger);
    quiet.log({ a: 1 }, 'ready', 'push-service');
    quiet.error('no', 'NestApplication');
    expect(logger.log).toHaveBeenCalledWith({ a: 1 }, 'ready', 'push-service');
    expect(logger.error).toHaveBeenCalledWith('no', 'NestApplication');
  });
});
