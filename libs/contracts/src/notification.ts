import { notificationRequestSchema, type NotificationRequest } from './notification.schema';

/** One notification in this product's own names, whichever publisher it came from. */
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
  /** Device tokens of the message itself; then no user is looked up. */
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

/** Ids of a refused message, as far as they can be read: its sender is notified by them. */
interface ReadableIds {
  requestId?: string;
  notificationId?: string;
  userId?: string;
}

/** Either a notification, or a sentence for its sender on what is wrong. */
export type ParsedNotification =
  { ok: true; notification: Notification } | ({ ok: false; error: string } & ReadableIds);

/** Validates a message body and translates it. Never throws. */
export function parseNotification(
  body: unknown,
  properties: MessageProperties = {},
): ParsedNotification {
  const result = notificationRequestSchema.safeParse(body);
  if (result.success) return translate(result.data, properties);
  const problems = result.error.issues.map((issue) => issue.message);
  return refuse([...new Set(problems)].join('; '), body);
}

function translate(
  request: NotificationRequest,
  { messageId, correlationId, publishedAt = Date.now() }: MessageProperties,
): ParsedNotification {
  const requestId = request.request_id ?? request.notification_id ?? messageId;
  if (requestId === undefined) return refuse('request_id is missing', request);
  const userId = request.user_id ?? undefined;
  const tokens = messageTokens(request);
  if (userId === undefined && tokens.length === 0) return refuse('user_id is missing', request);
  if ((request.template_code ?? request.title ?? request.body ?? '').trim() === '') {
    return refuse(
      'template_code is missing: give the name of a template, or the text itself',
      request,
    );
  }
  const ttl = request.ttl_seconds ?? undefined;
  const notification: Notification = {
    requestId,
    notificationId: request.notification_id ?? requestId,
    correlationId: request.correlation_id ?? correlationId ?? requestId,
    userId,
    template: request.template_code ?? undefined,
    title: request.title ?? undefined,
    body: request.body ?? undefined,
    image: request.image ?? undefined,
    link: request.link ?? undefined,
    data: request.data ?? {},
    variables: request.variables ?? {},
    metadata: request.metadata ?? {},
    priority: request.priority,
    tokens,
    expiresAt: request.expires_at ?? (ttl === undefined ? undefined : publishedAt + ttl * 1000),
  };
  return { ok: true, notification };
}

function refuse(error: string, body: unknown): ParsedNotification {
  return { ok: false, error, ...readableIds(body) };
}

const TOKEN_FIELDS = [
  'recipient',
  'push_token',
  'push_tokens',
  'device_token',
  'device_tokens',
  'to',
] as const;

/** The device tokens of all fields that publishers use, each once. */
function messageTokens(request: NotificationRequest): string[] {
  const tokens = new Set<string>();
  for (const field of TOKEN_FIELDS) {
    for (const token of request[field] ?? []) tokens.add(token);
  }
  return [...tokens];
}

function readableIds(body: unknown): ReadableIds {
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
