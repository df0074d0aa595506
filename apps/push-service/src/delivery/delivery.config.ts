import { join } from 'node:path';
import { environment, integer, text } from '@push/config';

/** The templates of this app. */
const TEMPLATES = join(__dirname, '../../templates');

/** How notifications are composed, and how long one is worth the trouble. */
export class DeliveryConfig extends environment({
  TEMPLATES_DIR: text(TEMPLATES),
  DEFAULT_TITLE: text('Notification'),
  DEFAULT_TTL_SECONDS: integer(0, { min: 0, max: 2_419_200 }),
  PARK_MAX_TIMES: integer(20, { min: 1 }),
  GIVE_UP_AFTER_DELIVERIES: integer(15, { min: 2, max: 18 }),
}) {
  /** Folder of named templates, `<name>.json` each. */
  readonly templatesDir = this.env.TEMPLATES_DIR;
  /** Title of a notification whose request and template have none. @default 'Notification' */
  readonly defaultTitle = this.env.DEFAULT_TITLE;
  /** Age in seconds at which a request without `expires_at` is stale; 0 for never. @default 0 */
  readonly defaultTtlSeconds = this.env.DEFAULT_TTL_SECONDS;
  /** How often one request may be parked before it counts as exhausted. @default 20 */
  readonly parkMaxTimes = this.env.PARK_MAX_TIMES;
  /**
   * How often one request may be taken up without coming to an end, as one that kills its worker is. Below the limit of
   * the queues we create, 20, at which the broker would end it without a status. @default 15
   */
  readonly giveUpAfterDeliveries = this.env.GIVE_UP_AFTER_DELIVERIES;
}
