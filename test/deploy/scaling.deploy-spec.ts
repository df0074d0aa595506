import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, RabbitmqConfig } from '@push/config';
import { find, ofKind, OVERLAYS, read, ROOT } from './support/kustomize';
import { onlyContainer, podNamed } from './support/pods';
import { environmentOf } from './support/variables';

const scalers = (overlay: (typeof OVERLAYS)[number]): string[] =>
  ['ScaledObject', 'HorizontalPodAutoscaler'].filter((kind) => ofKind(overlay, kind).length > 0);

it('production is scaled by KEDA alone', () => {
  expect(scalers('production')).toEqual(['ScaledObject']);
});

it('production-hpa is scaled by a HorizontalPodAutoscaler alone', () => {
  expect(scalers('production-hpa')).toEqual(['HorizontalPodAutoscaler']);
});

it('dev is not scaled', () => {
  expect(scalers('dev')).toEqual([]);
});

it('the production overlays differ only in their scaler', () => {
  const rest = (overlay: 'production' | 'production-hpa'): object[] =>
    [
      'Deployment',
      'Service',
      'ConfigMap',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'ServiceMonitor',
    ].flatMap((kind) => ofKind(overlay, kind));
  expect(rest('production')).toEqual(rest('production-hpa'));
});

it.each(OVERLAYS)('an apply of overlay %s leaves the number of copies to the scaler', (overlay) => {
  expect(find(overlay, 'Deployment', 'push-service').spec).not.toHaveProperty('replicas');
});

it('KEDA scales by the queue that push-service consumes', () => {
  const config = loadConfig([RabbitmqConfig], environmentOf('production', 'push-service'));
  const { pushQueue } = config.get(RabbitmqConfig) as RabbitmqConfig;
  const [trigger] = find('production', 'ScaledObject', 'push-service').spec.triggers;
  expect(trigger).toMatchObject({ type: 'rabbitmq', metadata: { queueName: pushQueue } });
});

it('KEDA adds a copy when each has more than five seconds of work waiting', () => {
  const [trigger] = find('production', 'ScaledObject', 'push-service').spec.triggers;
  const operations = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  const [, planned = ''] = /\*\*One instance: ([\d,]+) a second/.exec(operations) ?? [];
  expect(Number(trigger.metadata.value)).toBe(5 * Number(planned.replace(',', '')));
});

it('KEDA takes the broker’s URL from a secret in the example', () => {
  const [trigger] = find('production', 'ScaledObject', 'push-service').spec.triggers;
  const { spec } = find('production', 'TriggerAuthentication', trigger.authenticationRef.name);
  const example = read(readFileSync(join(ROOT, 'deploy/k8s/secret.example.yaml'), 'utf8'));
  const given = spec.secretTargetRef as { parameter: string; name: string; key: string }[];
  expect(given.map(({ parameter }) => parameter)).toEqual(['host']);
  for (const { name, key } of given) {
    const secret = example.find(({ metadata }) => metadata.name === name);
    expect(secret?.stringData).toHaveProperty(key);
  }
});

it('each scaler scales push-service, with at least two copies', () => {
  const keda = find('production', 'ScaledObject', 'push-service').spec;
  const hpa = find('production-hpa', 'HorizontalPodAutoscaler', 'push-service').spec;
  expect([keda.scaleTargetRef.name, hpa.scaleTargetRef.name]).toEqual([
    'push-service',
    'push-service',
  ]);
  expect([keda.minReplicaCount, hpa.minReplicas]).toEqual([2, 2]);
  expect(keda.maxReplicaCount).toBe(hpa.maxReplicas);
});

it('one of two copies may be evicted, and every copy that is not ready', () => {
  const { spec } = find('production', 'PodDisruptionBudget', 'push-service');
  expect(spec).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
});

it('CPU is measured against the request of the container', () => {
  const { resources } = onlyContainer(podNamed('production-hpa', 'push-service'));
  expect(resources?.requests).toHaveProperty('cpu');
});
