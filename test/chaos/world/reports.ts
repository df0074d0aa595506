import type { StatusEvent } from '@push/contracts';
import type { Exchange } from './http-front';

/** What push-service has reported of one request. */
export interface Report {
  /** Each end that was reported, in every detail; one, if all is well, however often. */
  ends: Set<string>;
  /** When the gateway first took one, in epoch milliseconds. */
  takenAt?: number;
}

/** Every status report on its way to the gateway. */
export class Reports {
  private readonly byRequest = new Map<string, Report>();

  /** Notes a report that went by. */
  readonly note = ({ method, body, status }: Exchange): void => {
    if (method !== 'POST') return;
    const event = JSON.parse(body.toString()) as StatusEvent;
    const report = this.of(event.request_id ?? '');
    const { status: end, reason, timestamp, devices } = event;
    report.ends.add(JSON.stringify({ end, reason, timestamp, devices }));
    if (status < 300) report.takenAt ??= Date.now();
  };

  of(requestId: string): Report {
    let report = this.byRequest.get(requestId);
    if (!report) this.byRequest.set(requestId, (report = { ends: new Set() }));
    return report;
  }

  clear(): void {
    this.byRequest.clear();
  }
}
