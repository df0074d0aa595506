import type { Dependencies, Dependency } from '@push/resilience';
import { inFcmSpan } from './fcm-span';
import type { AccessTokens } from './credentials/access-tokens';
import { askFcm } from './fcm-probe';
import { FcmProbeError } from './fcm.errors';
import type { FcmTransport, SendOptions, SendRefused, SendResult } from './fcm-transport';
import type { PushMessage } from './push-message';
import { explainRefusal, judgeCredentials, judgeFcm } from './verdicts';

/**
 * FCM behind its two breakers: `fcm`, for a service that is not well, and `credentials`, for ours that are refused. They
 * are mended by different people, so each says which one is waited for.
 */
export class GuardedFcm {
  /** Opens at the first refusal of our credentials; its probe fetches a fresh access token and tries it. */
  readonly credentials: Dependency;
  /** Opens after so many failures in a row. */
  readonly fcm: Dependency;

  constructor(
    private readonly transport: FcmTransport,
    private readonly tokens: Pick<AccessTokens, 'fresh'>,
    dependencies: Dependencies,
    private readonly origin = 'https://fcm.googleapis.com',
  ) {
    this.credentials = dependencies.create({
      name: 'credentials',
      probe: () => this.probeCredentials(),
      classifyResult: (result) => judgeCredentials(result as SendResult),
      // The breaker of FCM is open, which says nothing of credentials.
      classifyError: () => 'success',
      describeResult: (result) => explainRefusal(result as SendResult),
    });
    this.fcm = dependencies.create({
      name: 'fcm',
      probe: () => this.probeFcm(),
      classifyResult: (result) => judgeFcm(result as SendResult),
      describeResult: (result) => explainRefusal(result as SendResult),
    });
  }

  /**
   * Sends one push, as {@link FcmTransport.send}.
   * @throws {DependencyDownError} at once, while either breaker is open: nothing was sent
   */
  send(message: PushMessage, options?: SendOptions): Promise<SendResult> {
    const send = () => inFcmSpan(this.origin, () => this.transport.send(message, options));
    return this.credentials.execute(() => this.fcm.execute(send));
  }

  /** An FCM that refuses our credentials is well: what stays in the way is the other breaker's. */
  private async probeFcm(): Promise<void> {
    const result = await askFcm(this.transport);
    if (judgeFcm(result) !== 'success') throw new FcmProbeError(result as SendRefused);
    if (judgeCredentials(result) !== 'success') await this.credentials.trip(reasonOf(result));
  }

  /**
   * A token was to be had, but an FCM that is not well does not say what it thinks of it: it is waited for next, and
   * its own probe would tell of a refusal. Opened first, so that nothing is sent in between.
   */
  private async probeCredentials(): Promise<void> {
    await this.tokens.fresh();
    const result = await askFcm(this.transport);
    if (judgeCredentials(result) !== 'success') throw new FcmProbeError(result as SendRefused);
    if (judgeFcm(result) !== 'success') await this.fcm.trip(reasonOf(result));
  }
}

function reasonOf(result: SendResult): string {
  return explainRefusal(result) ?? 'unknown';
}
