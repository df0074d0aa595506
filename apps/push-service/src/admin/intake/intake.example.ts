import type { IntakeView } from './intake.schema';

/** Intake of two instances, paused by an operator; the second has not heard of it yet. */
export const INTAKE_EXAMPLE: IntakeView = {
  paused: true,
  closed_by: [],
  operator_pause: { by: 'alice', since: '2026-11-24T12:00:00.000Z', reason: 'campaign stopped' },
  in_flight: 0,
  waiting: 0,
  window: 5,
  prefetch: 10,
  consumers: 0,
  concurrency: { current: 500, configured: 500, wished: null },
  queues: {
    push: { messages: 1200, consumers: 10 },
    failed: { messages: 3, consumers: 0 },
    status: { messages: 0, consumers: 2 },
    delays: { '1s': { messages: 0, consumers: 0 } },
  },
  instances: [
    {
      id: 'push-1-9f2c1a77',
      started_at: '2026-11-24T08:00:00.000Z',
      version: '1.0.0',
      paused: true,
      waiting_for: ['operator'],
      in_flight: 0,
      concurrency: 500,
      breakers_open: [],
      log_level: 'info',
      in_step: true,
    },
    {
      id: 'push-2-03be55d0',
      started_at: '2026-11-24T08:00:04.000Z',
      version: '1.0.0',
      paused: false,
      waiting_for: [],
      in_flight: 37,
      concurrency: 500,
      breakers_open: [],
      log_level: 'info',
      in_step: false,
    },
  ],
};
