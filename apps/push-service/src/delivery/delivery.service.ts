import { Injectable } from '@nestjs/common';
import type { DeviceResult, Notification } from '@push/contracts';
import type { PushContent } from '@push/fcm';
import { ClaimLostError, type Claim, type ClaimAnswer } from '@push/idempotency';
import { Admission } from './admission';
import { Answers } from './answers';
import { Composer } from './composer';
import { Deferral } from './deferral';
import { TemplateError } from './delivery.errors';
import { FanOut, type Behind } from './fan-out';
import {
  readRecordedOutcome,
  rejected,
  type Deferred,
  type Outcome,
  type Progress,
  type Rejected,
} from './outcome';
import { outcomeOfError } from './outcome-of-error';
import { Recipients } from './recipients';
import { judge, judgeFinally } from './verdict';

/** A notification together with what its message has behind it. */
export interface DeliveryRequest {
  notification: Notification;
  /** Times it was begun before and did not get as far as its claim. */
  begunBefore: number;
  /** Times it has been parked, for whatever reason. */
  parkedCount: number;
  progress: Progress;
}

/** How it ended, and the claim on it where one is held: settlement finishes or releases it. */
export interface DeliveryResult {
  outcome: Outcome;
  claim?: Claim;
  /** Devices that are done with for good: they go with the message where no claim can be told. */
  done?: readonly DeviceResult[];
  /** Its end has taken its workers down too: it is buried without another look at it. */
  unread?: true;
}

/** What takes its worker down, or cannot be settled, ends with a status before the broker ends it without one. */
export const GAVE_UP = rejected(
  'gave_up',
  'Taken up again and again and never brought to an end; see the log for what it does to the service',
);
const UNREADABLE = rejected('UNKNOWN', 'It failed; the record of how cannot be read any more');

/** The way of one notification: claim, look up, compose, send. */
@Injectable()
export class DeliveryService {
  constructor(
    private readonly admission: Admission,
    private readonly recipients: Recipients,
    private readonly composer: Composer,
    private readonly fanOut: FanOut,
    private readonly deferral: Deferral,
  ) {}

  /**
   * Delivers one notification as far as it can be delivered now.
   * @param onClaimed told as soon as there is a claim; nothing is done before that is over. @default nobody is told
   * @throws {ClaimStoreUnavailableError} or {DependencyDownError} when Redis cannot be reached before anything is sent
   * @throws {StoppingError} when the process ends before it was begun
   */
  deliver(request: DeliveryRequest, onClaimed?: () => Promise<void>): Promise<DeliveryResult> {
    return this.admission.admit(
      request.notification.requestId,
      (answer) => this.proceed(request, answer),
      onClaimed,
    );
  }

  private proceed(
    request: DeliveryRequest,
    answer: ClaimAnswer,
  ): DeliveryResult | Promise<DeliveryResult> {
    switch (answer.state) {
      case 'done':
        return { outcome: { kind: 'duplicate', first: readRecordedOutcome(answer.result) } };
      case 'decided': {
        const { claim, result } = answer;
        if (this.admission.isPastGivingUp(claim)) return { outcome: GAVE_UP, claim, unread: true };
        return { outcome: readRecordedOutcome(result) ?? UNREADABLE, claim };
      }
      case 'held':
        return { outcome: this.heldElsewhere(request, answer.remainingMs) };
      case 'claimed':
        return this.pursue(request, answer.claim);
      default:
        return answer satisfies never;
    }
  }

  private heldElsewhere({ parkedCount }: DeliveryRequest, remainingMs = Infinity): Deferred {
    const delayMs = Math.min(remainingMs, this.deferral.delayMs(parkedCount));
    return { kind: 'deferred', reason: 'claim_held', delayMs };
  }

  /** Whatever happens, the outcome goes with the claim, so that the claim comes to an end too. */
  private async pursue(request: DeliveryRequest, claim: Claim): Promise<DeliveryResult> {
    const { tries, devices } = request.progress;
    const answers = new Answers(devices, claim);
    let outcome: Outcome;
    try {
      outcome = await this.work(request, { claim, answers, tries });
    } catch (error) {
      // Where the claim is lost, its message still has what could not be written.
      outcome =
        error instanceof ClaimLostError
          ? this.heldElsewhere(request)
          : outcomeOfError(error, request.notification.requestId);
    }
    return { outcome: answers.end(outcome, tries), claim, done: answers.all };
  }

  private async work(
    { notification, progress, begunBefore }: DeliveryRequest,
    behind: Behind,
  ): Promise<Outcome> {
    const { claim, answers } = behind;
    if (answers.hasUnrecorded) await answers.recordCarried(claim);
    if (this.admission.isGivenUp(begunBefore, claim)) return GAVE_UP;
    if (isStale(notification, Date.now())) return { kind: 'expired' };
    const found = await this.recipients.find(notification, progress);
    if (found.kind !== 'found') return found;
    // The look-up may have taken its time.
    const now = Date.now();
    if (isStale(notification, now)) return { kind: 'expired' };
    const content = this.compose(notification, now);
    if ('kind' in content) return content;
    const { reports, earlier } = await this.fanOut.send(found, content, behind);
    const verdict = judge(reports, earlier);
    if (verdict.kind !== 'waiting') return verdict;
    const { tries, delayMs } = verdict;
    const soFar = { ...progress, tries };
    // Retries have an end of their own.
    if (!verdict.forQuota)
      return { kind: 'deferred', reason: 'fcm_failing', delayMs, progress: soFar };
    return this.deferral.defer(soFar, 'rate_limited', delayMs, () =>
      judgeFinally(reports, earlier),
    );
  }

  private compose(notification: Notification, now: number): PushContent | Rejected {
    try {
      return this.composer.compose(notification, now);
    } catch (error) {
      if (error instanceof TemplateError) return rejected('template_invalid', error.message);
      throw error;
    }
  }
}

function isStale({ expiresAt }: Notification, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}
