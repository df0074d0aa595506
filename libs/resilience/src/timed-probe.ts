import { ProbeError } from './resilience.errors';

/** A probe of one dependency, with the time it may take. */
export interface TimedProbe {
  /** Name of the dependency. */
  name: string;
  probe: () => Promise<void>;
  /** @default 15000 */
  probeTimeoutMs?: number;
}

const PROBE_TIMEOUT_MS = 15_000;

/** @throws {ProbeError} whatever goes wrong, so that no verdict on calls is passed on a probe */
export async function probeInTime({
  name,
  probe,
  probeTimeoutMs = PROBE_TIMEOUT_MS,
}: TimedProbe): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    const expire = () => reject(new Error(`no answer to the probe within ${probeTimeoutMs} ms`));
    timer = setTimeout(expire, probeTimeoutMs);
    timer.unref();
  });
  try {
    await Promise.race([probe(), deadline]);
  } catch (error) {
    throw new ProbeError(name, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
