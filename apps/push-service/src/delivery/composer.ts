import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Notification } from '@push/contracts';
import type { PushContent } from '@push/fcm';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { DeliveryConfig } from './delivery.config';
import { render } from './render';
import { Templates, type Template } from './templates';

/** FCM high priority begins here (3 high, 4 critical). */
const HIGH_PRIORITY = 3;

/** Turns a notification into what a person sees. */
@Injectable()
export class Composer {
  constructor(
    private readonly templates: Templates,
    private readonly config: DeliveryConfig,
    private readonly metrics: DeliveryMetrics,
  ) {}

  /**
   * Texts that come ready in the request win over the template's.
   * @throws {TemplateError} when a template cannot be rendered
   */
  compose(notification: Notification, now: number): PushContent {
    const startedAt = performance.now();
    try {
      return this.write(notification, now);
    } finally {
      this.metrics.stage('compose', (performance.now() - startedAt) / 1000);
    }
  }

  private write(notification: Notification, now: number): PushContent {
    const { variables, expiresAt } = notification;
    const template = this.templateOf(notification);
    const fill = (text: string | undefined): string | undefined =>
      text === undefined ? undefined : render(text, variables);
    const link = notification.link ?? fill(template.link) ?? textVariable(notification, 'link');
    return {
      title:
        notification.title ??
        fill(template.title) ??
        textVariable(notification, 'title') ??
        this.config.defaultTitle,
      body: notification.body ?? fill(template.body),
      image: notification.image ?? fill(template.image) ?? textVariable(notification, 'image'),
      link,
      data: dataOf(notification),
      priority: notification.priority >= HIGH_PRIORITY ? 'high' : 'normal',
      tag: screenTag(notification.requestId),
      ttlSeconds: expiresAt === undefined ? undefined : Math.ceil((expiresAt - now) / 1000),
    };
  }

  private templateOf({ template }: Notification): Template {
    if (template === undefined) return {};
    return this.templates.get(template) ?? { body: template };
  }
}

/**
 * The same request has the same place on the screen: if a push is ever sent twice, the second replaces the first.
 * 43 characters; APNs allows 64 bytes for `apns-collapse-id`.
 */
export function screenTag(requestId: string): string {
  return hash('sha256', requestId, 'base64url');
}

function textVariable({ variables }: Notification, name: string): string | undefined {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** FCM wants text values only; the ids let an app tell the gateway what was opened. */
function dataOf(notification: Notification): Record<string, string> {
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(notification.data)) {
    if (value === undefined || value === null) continue;
    data[key] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  data['request_id'] = notification.requestId;
  data['notification_id'] = notification.notificationId;
  data['correlation_id'] = notification.correlationId;
  return data;
}
