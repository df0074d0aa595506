import {
  MAX_CHARACTERS,
  MAX_STEPS,
  plain,
  renderByMustache,
  tokensOf,
  tooLong,
  type Token,
} from './bounded-writer';
import { TemplateError } from './delivery.errors';

/** Templates kept at most, as inline texts come from outside. */
const CACHED_TEMPLATES = 500;

type Variables = Readonly<Record<string, unknown>>;

/** The tokens of templates that have names for tags and nothing else; undefined where there is more to them. */
const simple = new Map<string, readonly Token[] | undefined>();

/**
 * Fills a Mustache template. No HTML escaping: a notification is plain text. A missing variable is empty.
 * @throws {TemplateError} when the tags do not match up, or the text gets longer than anything FCM takes
 */
export function render(template: string, variables: Variables): string {
  if (!template.includes('{{')) return template;
  try {
    const tokens = simpleTokensOf(template);
    return tokens ? fill(tokens, variables) : renderByMustache(template, variables);
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new TemplateError(`The template cannot be rendered: ${why}`, { cause: error });
  }
}

function simpleTokensOf(template: string): readonly Token[] | undefined {
  const known = simple.get(template);
  if (known !== undefined || simple.has(template)) return known;
  const tokens = tokensOf(template);
  const isSimple = tokens.length < MAX_STEPS && tokens.every(isSimpleToken);
  if (simple.size >= CACHED_TEMPLATES) simple.clear();
  simple.set(template, isSimple ? tokens : undefined);
  return isSimple ? tokens : undefined;
}

/** A dot makes a path of a name, and what objects have by birth Mustache has rules of its own for. */
function isSimpleToken([kind, value]: Token): boolean {
  if (kind === 'text') return true;
  return (kind === 'name' || kind === '&') && !value.includes('.') && !(value in Object.prototype);
}

/** What Mustache comes to for such tokens, without a writer, a context and a copy of the variables for each text. */
function fill(tokens: readonly Token[], variables: Variables): string {
  let text = '';
  for (const [kind, value] of tokens) {
    text += kind === 'text' ? value : shown(variables, value);
    if (text.length > MAX_CHARACTERS) throw tooLong();
  }
  return text;
}

function shown(variables: Variables, name: string): string {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  return value === undefined || value === null ? '' : plain(value);
}
