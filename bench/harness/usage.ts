import { readFileSync } from 'node:fs';

/** Length of one tick of the kernel's clock: USER_HZ is 100 on every Linux. */
const TICK_US = 10_000;
const KB_PER_MB = 1024;

/**
 * CPU time of processes so far, user and system, of all their threads, in microseconds, as the operating system
 * accounts for it.
 */
export function cpuMicros(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
}

/** Memory in RAM of the largest of these processes, in MB. */
export function rssMb(pids: readonly number[]): number {
  return Math.max(...pids.map((pid) => rssOf(pid)));
}

function rssOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / KB_PER_MB;
}

function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may have spaces: proc(5) counts utime and stime as fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}
