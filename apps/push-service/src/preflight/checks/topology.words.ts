import type { TopologyFinding } from '@push/queue';
import { failed, ok, warning, type Finding } from '../check';

/** What was found of an exchange or a queue, in words. */
export function describeFinding({ kind, name, state, detail = '' }: TopologyFinding): Finding {
  const what = `${kind} ${name}`;
  switch (state) {
    case 'as declared':
      return ok(`${what}: there`);
    case 'missing':
      return ok(`${what}: not there; would be declared at the start`);
    case 'differs':
      return warning(
        `${what}: there with other arguments than ours, and used as it is (${detail})`,
        'Nothing, where it is meant to be so: docs/decisions/0016-existing-queues.md says what changes by it.',
      );
    case 'unusable':
      return failed(
        `${what}: cannot be used (${detail})`,
        'Delete it or name another one: NOTIFICATIONS_EXCHANGE, PUSH_QUEUE, or QUEUE_NAMESPACE for all of them.',
      );
  }
}
