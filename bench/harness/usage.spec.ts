import { cpuMicros, rssMb } from './usage';

describe('what a process uses', () => {
  it('is the CPU time that the operating system has counted, in whole ticks', () => {
    const { user, system } = process.cpuUsage();
    expect(Math.abs(cpuMicros([process.pid]) - user - system)).toBeLessThan(100_000);
  });

  it('is summed up over processes', () => {
    const twice = cpuMicros([process.pid, process.pid]);
    expect(twice).toBeGreaterThan(1.5 * cpuMicros([process.pid]));
  });

  it('is memory in MB, of the largest', () => {
    const expected = process.memoryUsage().rss / 2 ** 20;
    expect(rssMb([process.pid, process.ppid])).toBeGreaterThan(expected * 0.8);
    expect(rssMb([process.pid])).toBeLessThan(expected * 1.2);
  });
});
