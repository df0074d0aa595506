import { environment, integer } from '@push/config';

/** How long it is kept what became of each notification. */
export class TimelineConfig extends environment({
  TIMELINE_TTL_SECONDS: integer(86_400, { max: 31_536_000 }),
}) {
  /** Since the last event; 0 where no timeline is kept. @default 86400 (24 h) */
  readonly ttlSeconds = this.env.TIMELINE_TTL_SECONDS;
}
