import { find, ofKind, OVERLAYS } from './support/kustomize';
import { onlyContainer, podNamed, portNumber } from './support/pods';
import { environmentOf } from './support/variables';

interface Rule {
  from?: unknown[];
  to?: unknown[];
  ports: { port: number | string; protocol: string }[];
}

const outgoing = (overlay: (typeof OVERLAYS)[number]): Rule[] =>
  ofKind(overlay, 'NetworkPolicy').flatMap(({ spec }) => (spec.egress ?? []) as Rule[]);
const mayCall = (overlay: (typeof OVERLAYS)[number], port: number): boolean =>
  outgoing(overlay).some(({ ports }) => ports.some((one) => one.port === port));

describe.each(OVERLAYS)('in overlay %s', (overlay) => {
  it('no app, and so no admin API, is exposed outside the cluster', () => {
    for (const kind of ['Ingress', 'HTTPRoute', 'Gateway'])
      expect(ofKind(overlay, kind)).toEqual([]);
    for (const { spec } of ofKind(overlay, 'Service')) {
      expect(spec.type ?? 'ClusterIP').toBe('ClusterIP');
      expect(spec.externalIPs ?? []).toEqual([]);
    }
  });

  it('push-service accepts calls from its namespace and Prometheus, on one port', () => {
    const { spec } = find(overlay, 'NetworkPolicy', 'push-service');
    const { from, ports } = (spec.ingress as Rule[])[0]!;
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(spec.ingress).toHaveLength(1);
    expect(ports.map(({ port }) => port)).toEqual(['http']);
    expect(from).toEqual([
      { podSelector: {} },
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
      },
    ]);
  });

  it.each([53, 5672, 5671, 6379, 26379, 443, 4317, 4318])('push-service may call port %i', (port) =>
    expect(mayCall(overlay, port)).toBe(true),
  );

  it('push-service may call every address in its configuration', () => {
    const { USER_SERVICE_URL, STATUS_CALLBACK_URL, FCM_EMULATOR_HOST } = environmentOf(
      overlay,
      'push-service',
    );
    const urls = [USER_SERVICE_URL, STATUS_CALLBACK_URL].flatMap((url) => url ?? []);
    const hosts = urls.map((url) => new URL(url).host);
    for (const host of [...hosts, ...(FCM_EMULATOR_HOST ? [FCM_EMULATOR_HOST] : [])]) {
      expect([host, mayCall(overlay, Number(host.split(':')[1]))]).toEqual([host, true]);
    }
  });

  it('push-service reaches neither its dependencies nor the API server on port 443', () => {
    const [google, ...more] = outgoing(overlay).filter(({ ports }) =>
      ports.some(({ port }) => port === 443),
    );
    expect(more).toEqual([]);
    expect(google?.to).toContainEqual({
      ipBlock: {
        cidr: '0.0.0.0/0',
        except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
      },
    });
    expect(google?.to).not.toContainEqual(expect.objectContaining({ podSelector: {} }));
  });
});

describe.each(['production', 'production-hpa'] as const)('in overlay %s', (overlay) => {
  it('push-service may not call the emulator', () => expect(mayCall(overlay, 8004)).toBe(false));
});

it('the port in the policy is the container’s', () => {
  expect(portNumber(onlyContainer(podNamed('production', 'push-service')), 'http')).toBe(8003);
});
