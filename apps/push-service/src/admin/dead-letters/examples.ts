import type { z } from 'zod';
import type { actionSchema, Report, Summary } from './dead-letters.dto';
import type { LetterItem, WholeLetter } from './letter-view';

/** What the description of the API shows. */
export const LETTER: LetterItem = {
  id: '0123456789abcdef0123456789abcdef',
  request_id: 'demo-req-123',
  user_id: 'test-user-123',
  error_code: 'user_not_found',
  error: 'There is no user test-user-123; create it, and replay this letter',
  failed_at: '2026-11-24T12:00:00.000Z',
  attempts: 0,
  size: 612,
  replays: { count: 1, last_by: 'alice', last_at: '2026-11-24T11:00:00.000Z' },
};

export const WHOLE: WholeLetter = {
  ...LETTER,
  replay_history: [{ at: '2026-11-24T11:00:00.000Z', by: 'alice', error_code: 'user_not_found' }],
  original: {
    exchange: 'notifications.direct',
    routing_key: 'push',
    headers: { 'x-correlation-id': 'demo-req-123' },
    message: { user_id: 'test-user-123', template_code: 'welcome', push_token: 'dGVz...h8Qx' },
    text: null,
  },
};

export const SUMMARY: Summary = {
  total: 42,
  by_error_code: { user_not_found: 40, UNAVAILABLE: 2 },
  oldest: '2026-11-23T08:00:00.000Z',
  newest: '2026-11-24T12:00:00.000Z',
  replayed_before: 1,
  complete: true,
};

export const ACTION: z.input<typeof actionSchema> = {
  filter: { error_code: 'user_not_found' },
  dry_run: true,
  limit: 1000,
};

export const REPORT: Report = {
  dry_run: false,
  matched: 40,
  by_error_code: { user_not_found: 40 },
  done: 39,
  in_progress: 1,
  refused: 0,
  reasons: {},
  complete: true,
};
