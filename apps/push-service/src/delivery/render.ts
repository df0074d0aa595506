import Mustache from 'mustache';
import { TemplateError } from './delivery.errors';

/** Parsed templates kept at most: inline texts come from outside and must not fill the memory. */
const CACHED_TEMPLATES = 500;

const cached = new Map<string, unknown>();
const writer = Object.assign(new Mustache.Writer(), {
  templateCache: {
    get: (key: string) => cached.get(key),
    set: (key: string, value: unknown) => {
      if (cached.size >= CACHED_TEMPLATES) cached.clear();
      cached.set(key, value);
    },
    clear: () => cached.clear(),
  },
});

/**
 * Fills a Mustache template. No HTML escaping: a notification is plain text. A missing variable is empty.
 * @throws {TemplateError} when the template's tags do not match up
 */
export function render(template: string, variables: Readonly<Record<string, unknown>>): string {
  if (!template.includes('{{')) return template;
  // No prototype, so that {{constructor}} and the like find nothing.
  const view: object = Object.assign(Object.create(null) as object, variables);
  try {
    return writer.render(template, view, {}, { escape: plain });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TemplateError(`The template cannot be rendered: ${why}`, { cause: error });
  }
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
