/** The emulator's counters as `GET /emulator/stats` shows them. */
export interface StatsView {
  /** Sends accepted, shown on a screen or not. */
  accepted: number;
  /** Sends answered with an error. */
  refused: number;
  /** `validate_only` sends found valid. */
  validated: number;
  /** Every HTTP send request that arrived, faulted ones included. */
  requests: number;
  /** HTTP/2 sessions open now. */
  sessions: number;
  /** HTTP/2 sessions opened so far. */
  sessions_total: number;
  requests_per_second: number;
  by_error_code: Record<string, number>;
}

/** Counts what passes through. */
export class Stats {
  accepted = 0;
  validated = 0;
  sessions = 0;
  private refused = 0;
  private requests = 0;
  private sessionsTotal = 0;
  private byErrorCode = new Map<string, number>();
  private second = 0;
  private inSecond = 0;
  private inSecondBefore = 0;

  arrived(nowMs: number): void {
    this.requests += 1;
    this.turnTo(nowMs);
    this.inSecond += 1;
  }

  refusedWith(errorCode: string): void {
    this.refused += 1;
    this.byErrorCode.set(errorCode, (this.byErrorCode.get(errorCode) ?? 0) + 1);
  }

  sessionOpened(): void {
    this.sessions += 1;
    this.sessionsTotal += 1;
  }

  sessionClosed(): void {
    this.sessions -= 1;
  }

  view(nowMs: number): StatsView {
    this.turnTo(nowMs);
    const intoSecond = (nowMs % 1000) / 1000;
    return {
      accepted: this.accepted,
      refused: this.refused,
      validated: this.validated,
      requests: this.requests,
      sessions: this.sessions,
      sessions_total: this.sessionsTotal,
      requests_per_second: Math.round(this.inSecond + this.inSecondBefore * (1 - intoSecond)),
      by_error_code: Object.fromEntries(this.byErrorCode),
    };
  }

  /** Forgets the past. Sessions that are open stay counted: they still exist. */
  clear(): void {
    this.accepted = this.validated = this.refused = this.requests = 0;
    this.inSecond = this.inSecondBefore = 0;
    this.sessionsTotal = this.sessions;
    this.byErrorCode = new Map();
  }

  private turnTo(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second === this.second) return;
    this.inSecondBefore = second === this.second + 1 ? this.inSecond : 0;
    this.inSecond = 0;
    this.second = second;
  }
}
