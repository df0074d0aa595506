import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { find, ofKind, OVERLAYS, ROOT } from './support/kustomize';
import { containersOf, onlyContainer, podNamed, podsOf, portNumber } from './support/pods';

describe.each(OVERLAYS)('in overlay %s', (overlay) => {
  it('every workload selects its own pods', () => {
    for (const { metadata, spec } of ofKind(overlay, 'Deployment')) {
      expect(podNamed(overlay, metadata.name).labels).toMatchObject(spec.selector.matchLabels);
    }
  });

  it('every service selects one container, by a port that it has', () => {
    for (const { spec } of ofKind(overlay, 'Service')) {
      const [pod, ...more] = podsOf(overlay).filter(({ labels }) =>
        Object.entries(spec.selector as object).every(([name, value]) => labels[name] === value),
      );
      expect(more).toEqual([]);
      for (const { targetPort } of spec.ports) portNumber(onlyContainer(pod!), targetPort);
    }
  });

  it('selectors of push-service’s resources select push-service', () => {
    const { labels } = podNamed(overlay, 'push-service');
    const choosing = ['PodDisruptionBudget', 'NetworkPolicy', 'ServiceMonitor'].flatMap((kind) =>
      ofKind(overlay, kind),
    );
    expect(choosing.length).toBeGreaterThan(0);
    for (const { spec } of choosing) {
      expect(labels).toMatchObject((spec.selector ?? spec.podSelector).matchLabels);
    }
  });

  it('every ConfigMap that a container names is in the build', () => {
    const built = ofKind(overlay, 'ConfigMap').map(({ metadata }) => metadata.name);
    const named = podsOf(overlay)
      .flatMap(containersOf)
      .flatMap(({ envFrom = [] }) =>
        envFrom.flatMap(({ configMapRef }) => configMapRef?.name ?? []),
      );
    expect(named.length).toBeGreaterThan(0);
    expect(built).toEqual(expect.arrayContaining(named));
  });

  it('push-service runs as its own service account', () => {
    const { spec } = find(overlay, 'Deployment', 'push-service');
    expect(spec.template.spec.serviceAccountName).toBe('push-service');
    find(overlay, 'ServiceAccount', 'push-service');
  });
});

describe.each(['production', 'production-hpa'] as const)('overlay %s', (overlay) => {
  it('runs push-service and nothing else', () => {
    expect(podsOf(overlay).map(({ name }) => name)).toEqual(['push-service']);
  });
});

it('overlay dev is a whole system', () => {
  const names = podsOf('dev').map(({ name }) => name);
  expect(names.sort()).toEqual([
    'api-gateway',
    'fcm-emulator',
    'push-service',
    'rabbitmq',
    'redis',
    'user-service',
  ]);
});

it('overlay dev runs the images that docker-compose builds and pulls', () => {
  const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')
    .replaceAll('${IMAGE_REPOSITORY:-push-service}', 'push-service')
    .replaceAll('${IMAGE_TAG:-local}', 'local');
  for (const { image } of podsOf('dev').flatMap(containersOf)) {
    expect(compose).toContain(`image: ${image}\n`);
  }
});
