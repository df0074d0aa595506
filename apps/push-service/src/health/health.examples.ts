import type { HealthExample } from '@push/health';

type Entries = Readonly<Record<string, HealthExample>>;

const dependencies: Entries = {
  rabbitmq: { status: 'up', checked: 'connection', consumer: 'consuming' },
  redis: { status: 'up', checked: 'PING', latency_ms: 0.4 },
};

/** What `health/live` answers, as the API description shows it. */
export const living: Entries = {
  process: {
    status: 'up',
    checked: 'event loop',
    longest_block_ms: 31,
    turned_in_ms: 0.1,
    uptime_seconds: 86_400,
  },
  intake: { status: 'up', checked: 'consumers' },
};

export const deadIntake: Entries = {
  intake: {
    status: 'down',
    checked: 'consumers',
    message: 'no consumer is open, though nothing holds intake back',
  },
};

/** What `health/ready` answers. */
export const taking: Entries = {
  process: { status: 'up', checked: 'shutdown' },
  ...dependencies,
};

export const stopping: Entries = {
  process: {
    status: 'down',
    checked: 'shutdown',
    message: 'stopping: finishing the work in hand',
  },
};

/** What `health` answers. */
export const delivering: Entries = {
  ...dependencies,
  firebase: { status: 'up', checked: 'recent work', checked_at: '2026-03-01T12:00:00.000Z' },
  user_service: { status: 'up', checked: 'probe', checked_at: '2026-03-01T12:00:00.000Z' },
  circuit_breakers: {
    status: 'up',
    fcm: { status: 'up', state: 'closed', failures: 0 },
  },
};

export const breakerOpen: Entries = {
  firebase: {
    status: 'down',
    checked: 'circuit breaker',
    message: 'the circuit breaker of fcm is open until a probe succeeds',
    since: '2026-03-01T12:00:00.000Z',
  },
  circuit_breakers: {
    status: 'down',
    fcm: { status: 'down', state: 'open', failures: 5, open_since: '2026-03-01T12:00:00.000Z' },
  },
};
