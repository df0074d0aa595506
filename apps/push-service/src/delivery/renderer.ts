import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Notification } from '@push/contracts';
import type { PushContent } from '@push/fcm';
import Mustache from 'mustache';
import { z } from 'zod';
import { DeliveryConfig } from './delivery.config';
import { TemplateError, TemplateFolderError } from './delivery.errors';

/** One named template: texts with `{{placeholders}}`. */
const templateSchema = z.strictObject({
  title: z.string().max(4096).optional(),
  body: z.string().max(16_384).optional(),
  image: z.string().max(4096).optional(),
  link: z.string().max(4096).optional(),
});

export type Template = z.output<typeof templateSchema>;

/** The named templates of a folder, read once at the start. */
@Injectable()
export class Templates implements OnModuleInit {
  private readonly logger = new Logger(Templates.name);
  private readonly byName = new Map<string, Template>();

  constructor(private readonly config: DeliveryConfig) {}

  /** @throws {TemplateFolderError} when the folder or a template in it cannot be used */
  async onModuleInit(): Promise<void> {
    this.logger.log({ templates: await this.read() }, 'Templates read');
  }

  /**
   * Reads the folder.
   * @returns how many there are
   * @throws {TemplateFolderError} when the folder or a template in it cannot be used
   */
  async read(): Promise<number> {
    const folder = this.config.templatesDir;
    const files = await readdir(folder).catch((error: unknown) => {
      throw new TemplateFolderError(`TEMPLATES_DIR cannot be read: ${folder}`, { cause: error });
    });
    for (const file of files.filter((name) => name.endsWith('.json'))) {
      this.byName.set(basename(file, '.json'), await readTemplate(join(folder, file)));
    }
    return this.byName.size;
  }

  /** The template of that name, if there is one. */
  get(name: string): Template | undefined {
    return this.byName.get(name);
  }
}

async function readTemplate(path: string): Promise<Template> {
  try {
    return templateSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new TemplateFolderError(
      `${path} is not a template: it should be JSON with "title", "body", "image" or "link" as text`,
      { cause: error },
    );
  }
}

/** FCM high priority begins here (3 high, 4 critical). */
const HIGH_PRIORITY = 3;
/** Parsed templates kept at most: inline texts come from outside and must not fill the memory. */
const CACHED_TEMPLATES = 500;
/** FCM takes 4,096 bytes in all, so a longer text could not be sent anyway. */
const MAX_CHARACTERS = 8192;
/** Tags rendered at most, each turn of a section's loop counted: nested sections multiply. */
const MAX_STEPS = 10_000;

const cached = new Map<string, unknown>();
const templateCache = {
  get: (key: string) => cached.get(key),
  set: (key: string, value: unknown) => {
    if (cached.size >= CACHED_TEMPLATES) cached.clear();
    cached.set(key, value);
  },
  clear: () => {
    cached.clear();
  },
};

/** Turns a notification into what a person sees. */
@Injectable()
export class Renderer {
  constructor(
    private readonly templates: Templates,
    private readonly config: DeliveryConfig,
  ) {}

  /**
   * Texts of the request win over the template's.
   * @param now epoch milliseconds
   * @throws {TemplateError} when a template cannot be rendered
   */
  render(notification: Notification, now: number): PushContent {
    const { variables, template: code = '', expiresAt } = notification;
    const template = this.templates.get(code) ?? { body: notification.template };
    const fill = (text: string | undefined): string | undefined =>
      text === undefined ? undefined : renderText(text, variables);
    const variable = (name: string): string | undefined => {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    return {
      title:
        notification.title ?? fill(template.title) ?? variable('title') ?? this.config.defaultTitle,
      body: notification.body ?? fill(template.body),
      image: notification.image ?? fill(template.image) ?? variable('image'),
      link: notification.link ?? fill(template.link) ?? variable('link'),
      data: dataOf(notification),
      priority: notification.priority >= HIGH_PRIORITY ? 'high' : 'normal',
      tag: screenTag(notification.requestId),
      ttlSeconds: expiresAt === undefined ? undefined : Math.ceil((expiresAt - now) / 1000),
    };
  }
}

/**
 * The same request has the same place on the screen: if a push is ever sent twice, the second replaces the first.
 * 43 characters; APNs allows 64 bytes for `apns-collapse-id`.
 */
export function screenTag(requestId: string): string {
  return hash('sha256', requestId, 'base64url');
}

/**
 * Renders a Mustache template. No HTML escaping: a notification is plain text. A missing variable is empty.
 * @throws {TemplateError} when the tags do not match up, or the text gets longer than anything FCM takes
 */
export function renderText(template: string, variables: Readonly<Record<string, unknown>>): string {
  if (!template.includes('{{')) return template;
  // No prototype, so that {{constructor}} and the like find nothing.
  const view: object = Object.assign(Object.create(null) as object, variables);
  try {
    return new BoundedWriter().render(template, view, {}, { escape: textOf });
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new TemplateError(`The template cannot be rendered: ${why}`, { cause: error });
  }
}

/** Mustache with limits: whoever writes templates and variables must not be able to occupy the process. */
class BoundedWriter extends Mustache.Writer {
  readonly templateCache = templateCache;
  private characters = 0;
  private steps = 0;

  override renderTokens(...args: Parameters<Mustache.Writer['renderTokens']>): string {
    this.steps += 1 + args[0].length;
    if (this.steps > MAX_STEPS) throw new TemplateError('The template repeats itself too often');
    return super.renderTokens(...args);
  }

  override escapedValue(...args: Parameters<Mustache.Writer['escapedValue']>): string {
    return this.counted(super.escapedValue(...args));
  }

  override unescapedValue(...args: Parameters<Mustache.Writer['unescapedValue']>): string {
    // Whatever its type says, it is the variable as it is.
    const value: unknown = super.unescapedValue(...args);
    return this.counted(value === undefined ? undefined : textOf(value));
  }

  override rawValue(...args: Parameters<Mustache.Writer['rawValue']>): string {
    return this.counted(super.rawValue(...args));
  }

  private counted(text = ''): string {
    this.characters += text.length;
    if (this.characters <= MAX_CHARACTERS) return text;
    throw new TemplateError(`The text is longer than ${MAX_CHARACTERS} characters`);
  }
}

/** FCM takes only texts as values; the ids let an app report to the gateway what was opened. */
function dataOf(notification: Notification): Record<string, string> {
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(notification.data)) {
    if (value !== undefined && value !== null) data[key] = textOf(value);
  }
  data['request_id'] = notification.requestId;
  data['notification_id'] = notification.notificationId;
  data['correlation_id'] = notification.correlationId;
  return data;
}

/** A value as it is shown. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
