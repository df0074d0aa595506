import { pick, randomOf } from '../../../../test/chaos/world/random';
import { renderByMustache } from './bounded-writer';
import { TemplateError } from './delivery.errors';
import { render } from './render';

const NAMES = ['name', 'a', 'b', 'n', 'list', 'nothing', 'missing', 'é', 'first name', 'a b'];
const ODD_NAMES = ['.', 'a.b', 'name.length', '.a', 'a.', '__proto__', 'constructor', 'toString'];
const SIMPLE_TAGS = NAMES.flatMap((name) => [
  `{{${name}}}`,
  `{{ ${name} }}`,
  `{{{${name}}}}`,
  `{{&${name}}}`,
]);
const TAGS = [
  ...SIMPLE_TAGS,
  ...ODD_NAMES.flatMap((name) => [`{{${name}}}`, `{{&${name}}}`]),
  '{{hasOwnProperty}}',
  '{{#list}}',
  '{{/list}}',
  '{{^a}}',
  '{{/a}}',
  '{{! said }}',
  '{{>part}}',
  '{{}}',
  '{{=<% %>=}}',
  '<%a%>',
  '{{',
  '}}',
  '{{{',
  '{{a',
  '{{#name}}x{{/name}}',
  '{{#list}}{{.}}{{/list}}',
  '{{^b}}y{{/b}}',
];
const TEXTS = ['', ' ', 'Hi ', '\n', '\r\n  ', '<b>&amp;</b>', '🚀', '\ud83d', '$&', '}', '{'];
const VALUES = [
  'John',
  '',
  '<b>',
  '{{a}}',
  0,
  1,
  -0.5,
  true,
  false,
  null,
  undefined,
  [],
  [1, 'x'],
  {},
  { b: 'in' },
  'x'.repeat(900),
  'y'.repeat(4096),
  'z'.repeat(8191),
  'z'.repeat(8192),
  'z'.repeat(8193),
];
const VARIABLES = [...NAMES, 'constructor', 'toString', 'hasOwnProperty'].filter(
  (name) => name !== 'missing',
);

/** The text, or why there is none. */
function outcome(
  fill: typeof render,
  template: string,
  variables: Record<string, unknown>,
): string {
  try {
    return `is ${fill(template, variables)}`;
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof TemplateError) return message;
    return `The template cannot be rendered: ${message}`;
  }
}

describe('render', () => {
  it.each([
    ['of names only', SIMPLE_TAGS, 6],
    ['of all kinds', TAGS, 4],
    ['too long to be shown', SIMPLE_TAGS, 40],
  ])('comes to what Mustache comes to, for templates %s', (_what, tags, most) => {
    const random = randomOf(most);
    const filled = new Set<string>();
    for (let round = 0; round < 5000; round += 1) {
      const parts = Array.from(
        { length: Math.floor(random() * most) },
        () => pick(random, TEXTS) + pick(random, tags),
      );
      const template = parts.join('') + pick(random, TEXTS);
      const variables: Record<string, unknown> = {};
      for (const name of VARIABLES) {
        if (random() < 0.5) variables[name] = VALUES[Math.floor(random() * VALUES.length)];
      }
      const expected = outcome(renderByMustache, template, variables);
      // Once when it is new, once when it is known.
      expect(outcome(render, template, variables)).toBe(expected);
      expect(outcome(render, template, variables)).toBe(expected);
      filled.add(expected.slice(0, 30));
    }
    expect(filled.size).toBeGreaterThan(50);
  });

  it.each([
    ['as many tags as there may be', '{{a}}'.repeat(9999)],
    ['one more', '{{a}}'.repeat(10_000)],
    ['text up to the limit', `${'x'.repeat(8191)}{{one}}`],
    ['text beyond it', `${'x'.repeat(8192)}{{one}}`],
    ['text beyond it behind the last tag', `{{one}}${'x'.repeat(8192)}`],
  ])('comes to what Mustache comes to, for %s', (_what, template) => {
    const expected = outcome(renderByMustache, template, { one: '1' });
    expect(outcome(render, template, { one: '1' })).toBe(expected);
  });

  it('finds no variable on a prototype, and takes one named as a method of objects for a variable', () => {
    expect(render('a{{constructor}}b{{__proto__}}c', {})).toBe('abc');
    expect(render('{{toString}}', { toString: 'own' })).toBe('own');
  });
});
