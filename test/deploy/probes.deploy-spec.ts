import { startStack, type Stack } from '../support/stack';
import { ofKind, OVERLAYS } from './support/kustomize';
import { onlyContainer, podNamed, type Probe } from './support/pods';

/** The Accept header of Prometheus 3. */
const PROMETHEUS_ACCEPT =
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.close());

const urlOf = (app: string): string | undefined =>
  ({
    'push-service': stack.pushUrls[0],
    'api-gateway': stack.gatewayUrl,
    'user-service': stack.userServiceUrl,
    'fcm-emulator': stack.emulator.url,
  })[app];

const probesOf = (overlay: (typeof OVERLAYS)[number], app: string): Probe[] => {
  const { startupProbe, livenessProbe, readinessProbe } = onlyContainer(podNamed(overlay, app));
  return [startupProbe!, livenessProbe!, readinessProbe!];
};

const inDev = ['push-service', 'api-gateway', 'user-service', 'fcm-emulator'].map(
  (app) => ['dev', app] as const,
);
const inProduction = (['production', 'production-hpa'] as const).map(
  (overlay) => [overlay, 'push-service'] as const,
);

it.each([...inDev, ...inProduction])(
  'in overlay %s a running %s answers all three probes',
  async (overlay, app) => {
    for (const { httpGet } of probesOf(overlay, app)) {
      expect(httpGet?.port).toBe('http');
      const answer = await fetch(`${urlOf(app) ?? ''}${httpGet?.path ?? ''}`);
      expect([httpGet?.path, answer.status]).toEqual([httpGet?.path, 200]);
    }
  },
);

it.each(OVERLAYS)(
  'in overlay %s push-service has different paths for liveness and readiness',
  (overlay) => {
    const [startup, liveness, readiness] = probesOf(overlay, 'push-service');
    expect(startup?.httpGet?.path).toBe(liveness?.httpGet?.path);
    expect(readiness?.httpGet?.path).not.toBe(liveness?.httpGet?.path);
  },
);

it.each(OVERLAYS)(
  'in overlay %s a probe’s timeout is longer than an answer may take',
  (overlay) => {
    for (const { timeoutSeconds } of probesOf(overlay, 'push-service')) {
      expect(timeoutSeconds).toBeGreaterThanOrEqual(2);
    }
  },
);

it('the monitor scrapes a page that Prometheus can read', async () => {
  const [monitor] = ofKind('production', 'ServiceMonitor');
  const endpoints = monitor?.spec.endpoints as { port: string; path: string }[];
  expect(endpoints).toHaveLength(1);
  for (const { port, path } of endpoints) {
    expect(port).toBe('http');
    const answer = await fetch(`${urlOf('push-service') ?? ''}${path}`, {
      headers: { accept: PROMETHEUS_ACCEPT },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await answer.text()).toContain('# TYPE push_notifications_total counter');
  }
});
