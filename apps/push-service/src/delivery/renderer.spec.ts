import { loadConfig } from '@push/config';
import { parseNotification } from '@push/contracts';
import { DeliveryConfig } from './delivery.config';
import { TemplateError } from './delivery.errors';
import { Renderer, renderText, screenTag, Templates } from './renderer';

describe('Renderer', () => {
  let renderer: Renderer;

  beforeAll(async () => {
    const config = loadConfig([DeliveryConfig], {}).get(DeliveryConfig) as DeliveryConfig;
    const templates = new Templates(config);
    await templates.onModuleInit();
    renderer = new Renderer(templates, config);
  });

  const render = (body: object, now = 0) => {
    const parsed = parseNotification({ request_id: 'r', user_id: 'u', ...body });
    if (!parsed.ok) throw new Error(parsed.error);
    return renderer.render(parsed.notification, now);
  };

  it('takes the text itself for a template', () => {
    const variables = { name: 'John', link: 'https://example.com' };
    expect(render({ template_code: 'Welcome {{name}}!', variables })).toMatchObject({
      title: 'Notification',
      body: 'Welcome John!',
      link: 'https://example.com',
    });
  });

  it('knows named templates from the folder', () => {
    const variables = { name: 'Ada', link: 'https://shop.example/orders/7' };
    expect(render({ template_code: 'order_shipped', variables })).toMatchObject({
      title: 'Your order is on its way',
      body: 'Good news, Ada: your order has shipped.',
      link: 'https://shop.example/orders/7',
    });
  });

  it('escapes nothing: a notification is plain text', () => {
    const variables = { name: `<b>Tom & "Jerry"</b>` };
    expect(render({ template_code: 'Hi {{name}}', variables }).body).toBe(
      `Hi <b>Tom & "Jerry"</b>`,
    );
  });

  it('leaves a missing variable empty and finds nothing on prototypes', () => {
    expect(render({ template_code: 'a{{missing}}b{{constructor}}c{{__proto__}}d' }).body).toBe(
      'abcd',
    );
  });

  it('shows a variable that is no text as JSON, escaped or not', () => {
    const variables = { n: 3, list: [1, 2] };
    expect(render({ template_code: '{{n}} {{{n}}} {{list}} {{&list}}', variables }).body).toBe(
      '3 3 [1,2] [1,2]',
    );
  });

  it('renders sections', () => {
    const template_code = 'Hi{{#name}} {{name}}{{/name}}{{^name}} there{{/name}}';
    expect(render({ template_code, variables: { name: 'Ada' } }).body).toBe('Hi Ada');
    expect(render({ template_code }).body).toBe('Hi there');
  });

  it.each([
    ['loops inside loops', '{{#a}}{{#a}}{{#a}}x{{/a}}{{/a}}{{/a}}', { a: Array(1000).fill(1) }],
    [
      'empty loops inside loops',
      '{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}',
      { a: Array(1000).fill(1) },
    ],
    ['thousands of placeholders', '{{a}}'.repeat(3000), { a: 'y'.repeat(45_000) }],
  ])('refuses %s at once, however much text they would make', (_, template_code, variables) => {
    expect(() => render({ template_code, variables })).toThrow(TemplateError);
  });

  it('lets texts that come ready win over the template', () => {
    expect(render({ template_code: 'order_shipped', title: 'T', body: 'B {{x}}' })).toMatchObject({
      title: 'T',
      body: 'B {{x}}',
    });
  });

  it.each([
    [1, 'normal'],
    [2, 'normal'],
    [3, 'high'],
    [4, 'high'],
    [10, 'high'],
  ])('sends priority %p as %p', (priority, expected) => {
    expect(render({ template_code: 't', priority }).priority).toBe(expected);
  });

  it('hands data on as text, with the ids of the request', () => {
    const data = { screen: 'orders', count: 3, nested: { a: 1 }, nothing: null };
    expect(render({ template_code: 't', data }).data).toEqual({
      screen: 'orders',
      count: '3',
      nested: '{"a":1}',
      request_id: 'r',
      notification_id: 'r',
      correlation_id: 'r',
    });
  });

  it('gives FCM the rest of the life of a notification that expires', () => {
    const expires_at = new Date(90_500 + 1e12).toISOString();
    expect(render({ template_code: 't', expires_at }, 1e12).ttlSeconds).toBe(91);
  });

  it('tags by request, within what APNs allows', () => {
    expect(screenTag('a')).toBe(screenTag('a'));
    expect(screenTag('a')).not.toBe(screenTag('b'));
    expect(Buffer.byteLength(screenTag('x'.repeat(256)))).toBeLessThanOrEqual(64);
  });
});

describe('renderText', () => {
  it.each([
    ['as many tags as are allowed', '{{a}}'.repeat(9999), undefined],
    ['one more', '{{a}}'.repeat(10_000), 'The template repeats itself too often'],
    [
      'nested sections',
      '{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}x{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}',
      'The template repeats itself too often',
    ],
    [
      'a variable that makes it longer than FCM takes',
      '{{long}}{{long}}',
      'The text is longer than 8192 characters',
    ],
    [
      'a text between tags that does',
      `{{one}}${'x'.repeat(8192)}`,
      'The text is longer than 8192 characters',
    ],
    ['a section that is not closed', '{{#a}}', expect.stringContaining('cannot be rendered')],
  ])('has a limit: %s', (_what, template, problem) => {
    const variables = { one: '1', long: 'x'.repeat(5000), l: Array(20).fill(1) };
    const render = () => renderText(template, variables);
    if (problem === undefined) expect(render).not.toThrow();
    else {
      expect(render).toThrow(TemplateError);
      expect(render).toThrow(expect.objectContaining({ message: problem }));
    }
  });

  it('finds nothing on prototypes, and a variable that is named as a method of objects', () => {
    expect(renderText('a{{constructor}}b{{__proto__}}c', {})).toBe('abc');
    expect(renderText('{{toString}}', { toString: 'own' })).toBe('own');
  });
});
