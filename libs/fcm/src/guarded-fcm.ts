import type { Span } from '@opentelemetry/api';
import { describeRequest, failSpan, inDescribedSpan } from '@push/observability';
import type { CallResult, Dependencies, Dependency } from '@push/resilience';
import type { AccessTokens } from './credentials/access-tokens';
import type {
  FailureClass,
  FcmTransport,
  PushMessage,
  SendOptions,
  SendRefused,
  SendResult,
} from './fcm-transport';

/** Shaped like a token, and nobody's: FCM checks it, refuses it, and that shows that FCM works. */
const PROBE: PushMessage = {
  token: `fcmProbe00000000000000:APA91b${'0'.repeat(134)}`,
  content: { title: 'probe', data: {}, priority: 'normal', tag: 'fcm-probe' },
};

/** Has FCM check, not deliver, a message to nobody. Never rejects. */
export function askFcm(transport: FcmTransport): Promise<SendResult> {
  return transport.send(PROBE, { validateOnly: true });
}

/**
 * Asks whether FCM would accept our messages.
 *
 * @throws {FcmProbeError} unless FCM itself answered, and would have accepted messages
 */
export async function probeFcm(transport: FcmTransport): Promise<void> {
  const result = await askFcm(transport);
  if (result.accepted) return;
  if (classifyForFcm(result) !== 'success' || classifyForCredentials(result) !== 'success') {
    throw new FcmProbeError(result);
  }
}

/** A probe found FCM, or the connection to it, down. */
export class FcmProbeError extends Error {
  readonly retryable = true;
  readonly code: string;

  constructor({ failure, code, message }: SendRefused) {
    super(`FCM does not accept messages now (${failure}, ${code}): ${message}`);
    this.name = 'FcmProbeError';
    this.code = code;
  }
}

/** What the result of one send says about FCM as a whole. */
function classifyForFcm(result: SendResult): CallResult {
  return !result.accepted && isFailureOfFcm(result.failure) ? 'failure' : 'success';
}

/** What the result of one send says about our credentials: after a refusal no further call can succeed. */
function classifyForCredentials(result: SendResult): CallResult {
  return !result.accepted && result.failure === 'credentials' ? 'open' : 'success';
}

/** In words, for the log. */
function describeRefusal(result: SendResult): string | undefined {
  return result.accepted ? undefined : `${result.code}: ${result.message}`;
}

function isFailureOfFcm(failure: FailureClass): boolean {
  switch (failure) {
    case 'transient':
    case 'rate':
      return true;
    // FCM works, and refuses this one message, or us.
    case 'token':
    case 'sender':
    case 'payload':
    case 'platform-auth':
    case 'target-rate':
    case 'credentials':
      return false;
  }
}

const ROUTE = '/v1/projects/{project}/messages:send';

/** Makes one request to FCM a span of the caller's trace. A refusal is recorded by its code. */
function inFcmSpan(origin: string, send: () => Promise<SendResult>): Promise<SendResult> {
  return inDescribedSpan(
    () => describeRequest({ method: 'POST', origin, route: ROUTE }),
    (span) => (span === undefined ? send() : describeResult(span, send())),
  );
}

async function describeResult(span: Span, sending: Promise<SendResult>): Promise<SendResult> {
  const result = await sending;
  const status = result.accepted ? 200 : result.httpStatus;
  if (status !== undefined) span.setAttribute('http.response.status_code', status);
  if (!result.accepted) failSpan(span, result.code);
  return result;
}

/**
 * FCM behind its two breakers: `fcm`, for a service that is down, and `credentials`, for ours that are refused.
 * Different people repair them, so each names what is waited for.
 */
export class GuardedFcm {
  /** Opens at the first refusal of our credentials; its probe fetches a fresh access token and tries it. */
  readonly credentials: Dependency;
  /** Opens after BREAKER_FAILURES failures in a row. */
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
      classifyResult: (result) => classifyForCredentials(result as SendResult),
      // The breaker of FCM is open, which says nothing of credentials.
      classifyError: () => 'success',
      describeResult: (result) => describeRefusal(result as SendResult),
    });
    this.fcm = dependencies.create({
      name: 'fcm',
      probe: () => this.probeFcm(),
      classifyResult: (result) => classifyForFcm(result as SendResult),
      describeResult: (result) => describeRefusal(result as SendResult),
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

  /** An FCM that refuses our credentials works: the other breaker is responsible for that. */
  private async probeFcm(): Promise<void> {
    const result = await askFcm(this.transport);
    if (classifyForFcm(result) !== 'success') throw new FcmProbeError(result as SendRefused);
    if (classifyForCredentials(result) !== 'success') await this.credentials.trip(reasonOf(result));
  }

  /**
   * There is a token, but an FCM that is down does not say whether it accepts it: FCM is waited for next, and its own
   * probe would report a refusal. Its breaker is opened first, so that nothing is sent in between.
   */
  private async probeCredentials(): Promise<void> {
    await this.tokens.fresh();
    const result = await askFcm(this.transport);
    if (classifyForCredentials(result) !== 'success')
      throw new FcmProbeError(result as SendRefused);
    if (classifyForFcm(result) !== 'success') await this.fcm.trip(reasonOf(result));
  }
}

function reasonOf(result: SendResult): string {
  return describeRefusal(result) ?? 'unknown';
}
