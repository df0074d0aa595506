import { carriedDevices, carryingHeaders } from './carried-devices';

describe('devices that travel with their message', () => {
  it('are read as they were written', () => {
    const device = {
      device: 'a...z',
      fingerprint: 'f',
      status: 'failed' as const,
      error_code: 'X',
    };
    expect(carriedDevices(carryingHeaders([device])['x-device-results'])).toEqual([device]);
  });

  it.each([undefined, '', 'no JSON', '{}', '[{"status":"perhaps"}]', '[null]'])(
    'are none where the header is %p',
    (header) => {
      expect(carriedDevices(header)).toEqual([]);
    },
  );
});
