import { setTimeout as sleep } from 'node:timers/promises';

/** Checks that a condition goes on holding for a while. */
export async function holds(
  what: string,
  condition: () => boolean | Promise<boolean>,
  ms = 300,
): Promise<void> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    if (!(await condition())) throw new Error(`Ceased to hold: ${what}`);
    await sleep(10);
  }
}

/** A promise to be resolved from outside. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
