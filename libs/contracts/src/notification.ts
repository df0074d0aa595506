import { notificationRequestSchema, type NotificationRequest } from './notification.schema';
import { plainRequest } from './plain-request';

/** One notification in the words of this product, whichever publisher it came from. */
export interface Notification {
  /** Identity for "once only": a request is delivered once per device. */
  requestId: string;
  notificationId: string;
  correlationId: string;
  /** Absent only when the message itself names the devices. */
  userId?: string;
  /** Name of a known template, or the text itself. */
  template?: string;
  title?: string;
  body?: string;
  image?: string;
  link?: string;
  data: Readonly<Record<string, unknown>>;
  variables: Readonly<Record<string, unknown>>;
  metadata: Readonly<Record<string, unknown>>;
  /** 0 to 10; 3 and up is high. */
  priority: number;
  /** Device tokens that came in the message; then nobody needs to be looked up. */
  tokens: readonly string[];
  /** Epoch milliseconds after which it is stale. */
  expiresAt?: number;
}

/** What the transport around the body knows. */
export interface MessageProperties {
  correlationId?: string;
  messageId?: string;
  /** Epoch milliseconds at which the message was published. */
  publishedAt?: number;
}

/** Either a notification, or a sentence for its sender on what is wrong. */
export type ParsedNotification =
  | { ok: true; notification: Notification }
  | { ok: false; error: string; requestId?: string; notificationId?: string; userId?: string };

/** Validates a message body and translates it. Never throws. */
export function parseNotification(
  body: unknown,
  properties: MessageProperties = {},
): ParsedNotification {
  const plain = plainRequest(body);
  if (plain) return translate(plain, properties);
  const result = notificationRequestSchema.safeParse(body);
  if (result.success) return translate(result.data, properties);
  const problems = result.error.issues.map((issue) => issue.message);
  return { ok: false, error: [...new Set(problems)].join('; '), ...salvagedIds(body) };
}

function translate(
  request: NotificationRequest,
  properties: MessageProperties,
): ParsedNotification {
  const requestId = request.request_id ?? request.notification_id ?? properties.messageId;
  if (requestId === undefined) return refuse('request_id is missing', request);
  const tokens = messageTokens(request);
  if (request.user_id === undefined && tokens.length === 0)
    return refuse('user_id is missing', request);
  if ((request.template_code ?? request.title ?? request.body ?? '').trim() === '') {
    return refuse(
      'template_code is missing: give the name of a template, or the text itself',
      request,
    );
  }
  return { ok: true, notification: toNotification(request, requestId, tokens, properties) };
}

function toNotification(
  request: NotificationRequest,
  requestId: string,
  tokens: string[],
  properties: MessageProperties,
): Notification {
  return {
    requestId,
    notificationId: request.notification_id ?? requestId,
    correlationId: request.correlation_id ?? properties.correlationId ?? requestId,
    userId: request.user_id,
    template: request.template_code,
    title: request.title,
    body: request.body,
    image: request.image,
    link: request.link,
    data: request.data ?? {},
    variables: request.variables ?? {},
    metadata: request.metadata ?? {},
    priority: request.priority,
    tokens,
    expiresAt: request.expires_at ?? expiryFromTtl(request.ttl_seconds, properties.publishedAt),
  };
}

function refuse(error: string, request: NotificationRequest): ParsedNotification {
  return {
    ok: false,
    error,
    requestId: request.request_id ?? request.notification_id,
    notificationId: request.notification_id ?? request.request_id,
    userId: request.user_id,
  };
}

const TOKEN_FIELDS = [
  'recipient',
  'push_token',
  'push_tokens',
  'device_token',
  'device_tokens',
  'to',
] as const;

function messageTokens(request: NotificationRequest): string[] {
  const all: string[] = [];
  for (const field of TOKEN_FIELDS) {
    const tokens = request[field];
    if (tokens !== undefined) all.push(...[tokens].flat());
  }
  // Most messages name none.
  return all.length === 0 ? all : [...new Set(all)];
}

function expiryFromTtl(ttlSeconds?: number, publishedAt?: number): number | undefined {
  if (ttlSeconds === undefined) return undefined;
  return (publishedAt ?? Date.now()) + ttlSeconds * 1000;
}

/** Ids of a message that is refused, where it has readable ones: its sender is told by them. */
function salvagedIds(body: unknown): {
  requestId?: string;
  notificationId?: string;
  userId?: string;
} {
  if (typeof body !== 'object' || body === null) return {};
  const field = (name: string): string | undefined => {
    const value: unknown = Object.getOwnPropertyDescriptor(body, name)?.value;
    return typeof value === 'string' && value !== '' && value.length <= 256 ? value : undefined;
  };
  const requestId = field('request_id') ?? field('notification_id');
  return {
    requestId,
    notificationId: field('notification_id') ?? requestId,
    userId: field('user_id'),
  };
}
