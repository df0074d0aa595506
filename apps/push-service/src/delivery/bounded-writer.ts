import Mustache from 'mustache';
import { TemplateError } from './delivery.errors';

/** Parsed templates kept at most: inline texts come from outside and must not fill the memory. */
const CACHED_TEMPLATES = 500;
/** FCM takes 4,096 bytes in all, so a longer text could not be sent anyway. */
export const MAX_CHARACTERS = 8192;
/** Tags rendered at most, each turn of a section's loop counted: nested sections multiply. */
export const MAX_STEPS = 10_000;

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

/** One tag of a template, or the text between two: what it is, and its name or text. What follows is not looked at. */
export type Token = readonly [kind: string, value: string, ...unknown[]];

/** Mustache with an end: whoever writes templates and variables must not be able to occupy the process. */
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
    return this.counted(value === undefined ? undefined : plain(value));
  }

  override rawValue(...args: Parameters<Mustache.Writer['rawValue']>): string {
    return this.counted(super.rawValue(...args));
  }

  private counted(text = ''): string {
    this.characters += text.length;
    if (this.characters <= MAX_CHARACTERS) return text;
    throw tooLong();
  }
}

/** What a template consists of. @throws where the tags do not match up */
export function tokensOf(template: string): readonly Token[] {
  return new BoundedWriter().parse(template) as readonly Token[];
}

/** Fills any template. @throws {TemplateError} or Mustache's error */
export function renderByMustache(
  template: string,
  variables: Readonly<Record<string, unknown>>,
): string {
  // No prototype, so that {{constructor}} and the like find nothing.
  const view: object = Object.assign(Object.create(null) as object, variables);
  return new BoundedWriter().render(template, view, {}, { escape: plain });
}

export function tooLong(): TemplateError {
  return new TemplateError(`The text is longer than ${MAX_CHARACTERS} characters`);
}

/** A variable as it is shown. */
export function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
