import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AppModule } from './app.module';
import { EmulatorConfig } from './emulator.config';
import { EmulatorServer } from './emulator-server';

const ANY_PORT = { port: 0, host: '127.0.0.1', maxMessages: 100, maxDevices: 100 };

describe('the emulator as an application', () => {
  it('listens while it runs, and logs the first pushes of a second without their tokens', async () => {
    const logged = jest.spyOn(Logger.prototype, 'log').mockImplementation();
    const listening = jest.spyOn(EmulatorServer.prototype, 'listen');
    const app = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(EmulatorConfig)
      .useValue(ANY_PORT)
      .compile();
    await app.init();
    const port = await listening.mock.results[0]!.value;
    const url = `http://127.0.0.1:${port}`;
    jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    for (let i = 0; i < 30; i += 1) {
      const data = { request_id: `r-${i}`, ...(i === 0 && { correlation_id: 'c-0' }) };
      const body = JSON.stringify({ message: { token: 'a-token-that-is-long-and-secret', data } });
      const init = { method: 'POST', headers: { authorization: 'Bearer x' }, body };
      expect((await fetch(`${url}/v1/projects/demo/messages:send`, init)).status).toBe(200);
    }
    const lines = logged.mock.calls
      .filter(([, message]) => message === 'Push accepted')
      .map(([fields]) => fields as object);
    expect(lines).toHaveLength(20);
    expect(lines.slice(0, 2)).toMatchObject([
      { correlation_id: 'c-0', request_id: 'r-0', device: 'a-to...cret' },
      { correlation_id: 'r-1', request_id: 'r-1' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('a-token-that-is-long-and-secret');
    await app.close();
    await expect(fetch(url)).rejects.toThrow();
    jest.restoreAllMocks();
  });
});
