import { ConfigError, loadConfig } from '@push/config';
import { EmulatorConfig } from './emulator.config';

const load = (env: Record<string, string>) => loadConfig([EmulatorConfig], env).get(EmulatorConfig);

describe('EmulatorConfig', () => {
  it('listens on 8004 of every address unless told otherwise', () => {
    expect(load({})).toMatchObject({
      port: 8004,
      host: undefined,
      maxMessages: 200_000,
      maxDevices: 100_000,
    });
    expect(load({ PORT: '9', HOST: '127.0.0.1', EMULATOR_MAX_MESSAGES: '5' })).toMatchObject({
      port: 9,
      host: '127.0.0.1',
      maxMessages: 5,
    });
  });

  it('refuses what is no port and no number, both at once', () => {
    const start = () => load({ PORT: 'web', EMULATOR_MAX_DEVICES: '0' });
    expect(start).toThrow(ConfigError);
    expect(start).toThrow(/PORT[^]*EMULATOR_MAX_DEVICES/);
  });
});
