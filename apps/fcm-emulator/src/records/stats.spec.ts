import { Stats } from './stats';

describe('Stats', () => {
  it('gives the requests of the last second, whatever part of it lies in the second before', () => {
    const stats = new Stats();
    for (let i = 0; i < 100; i += 1) stats.arrived(10_500);
    expect(stats.view(10_900).requests_per_second).toBe(100);
    for (let i = 0; i < 40; i += 1) stats.arrived(11_100);
    expect(stats.view(11_250).requests_per_second).toBe(40 + 75);
    expect(stats.view(13_000).requests_per_second).toBe(0);
  });

  it('counts refusals by their code', () => {
    const stats = new Stats();
    stats.refusedWith('UNAVAILABLE');
    stats.refusedWith('UNAVAILABLE');
    stats.refusedWith('UNREGISTERED');
    expect(stats.view(0)).toMatchObject({
      refused: 3,
      by_error_code: { UNAVAILABLE: 2, UNREGISTERED: 1 },
    });
  });

  it('keeps counting the sessions that are open after it forgot the rest', () => {
    const stats = new Stats();
    stats.sessionOpened();
    stats.sessionOpened();
    stats.sessionClosed();
    stats.arrived(1);
    stats.clear();
    expect(stats.view(2)).toMatchObject({ sessions: 1, sessions_total: 1, requests: 0 });
  });
});
