import { proseOf } from './support/markdown';
import { defaultsOf } from './support/variables';

/** The apps that read the variables of each section of docs/configuration.md; the other sections are for scripts. */
const SECTIONS: Record<string, readonly string[]> = {
  'All four apps': ['push-service', 'api-gateway', 'user-service', 'fcm-emulator'],
  Traces: ['push-service', 'api-gateway'],
  RabbitMQ: ['push-service', 'api-gateway'],
  Redis: ['push-service', 'api-gateway'],
  'push-service': ['push-service'],
  'api-gateway': ['api-gateway'],
  'user-service': ['user-service'],
  'fcm-emulator': ['fcm-emulator'],
};

/** Notes in rows whose variable is read by other apps than those of their section. */
const ELSEWHERE: Record<string, readonly string[]> = {
  'api-gateway': ['BREAKER_FAILURES', 'BREAKER_OPEN_MS'],
};
const EXCEPT: Record<string, readonly string[]> = { 'fcm-emulator': ['API_DOCS', 'NODE_ENV'] };

/** Read by the preflight, before the app is created. */
const OF_THE_START = ['PREFLIGHT'];

interface Row {
  section: string;
  name: string;
  /** The text, if it is one word in backticks. */
  default?: string;
}

const rows: Row[] = proseOf('docs/configuration.md')
  .split(/^## /m)
  .flatMap((text) => {
    const [section = ''] = text.split('\n', 1);
    return [
      ...text.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \| (?:`([^`|]*)`)?[^|]*\|/gm),
    ].flatMap(([, names = '', value]) =>
      [...names.matchAll(/[A-Z_]+/g)].map(([name]) => ({ section, name, default: value })),
    );
  });

const rowsOf = (app: string): Row[] =>
  rows.filter(
    ({ section, name }) =>
      (SECTIONS[section]?.includes(app) && !EXCEPT[app]?.includes(name)) ||
      ELSEWHERE[app]?.includes(name),
  );

describe.each(SECTIONS['All four apps'] ?? [])('docs/configuration.md on %s', (app) => {
  const defaults = defaultsOf(app, { FCM_EMULATOR_HOST: '127.0.0.1:8004' });

  it('documents exactly the variables that it reads', () => {
    const described = rowsOf(app).map(({ name }) => name);
    const read = [...defaults.keys(), ...(app === 'push-service' ? OF_THE_START : [])];
    expect([...new Set(described)].sort()).toEqual([...new Set(read)].sort());
  });

  it('documents its defaults', () => {
    const simple = rowsOf(app).flatMap(({ name, default: written }) => {
      const real = defaults.get(name);
      const plain = typeof real === 'number' || typeof real === 'boolean';
      return plain && name !== 'PORT' ? [{ name, written, real: String(real) }] : [];
    });
    expect(simple.filter(({ written, real }) => written !== real)).toEqual([]);
  });

  it('documents its port', () => {
    const port = rows.find(({ name }) => name === 'PORT');
    expect(port?.section).toBe('All four apps');
    expect(proseOf('docs/configuration.md')).toContain(`${app} ${String(defaults.get('PORT'))}`);
  });
});
