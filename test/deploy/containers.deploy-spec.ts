import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OVERLAYS } from './support/kustomize';
import { containersOf, onlyContainer, podNamed, podsOf } from './support/pods';

/** Resident memory of push-service under load stays below this; the bench measures it. */
const MEMORY_UNDER_LOAD_MB = 350;

describe.each(OVERLAYS)('in overlay %s', (overlay) => {
  const pods = podsOf(overlay).map((pod) => [pod.name, pod] as const);
  const containers = pods.flatMap(([name, pod]) =>
    containersOf(pod).map((container) => [`${name}/${container.name}`, container] as const),
  );

  it.each(pods)('%s does not run as root', (_, { spec }) => {
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(spec.securityContext?.['runAsUser']).toBeGreaterThan(0);
    for (const { securityContext } of spec.containers) {
      expect(securityContext).not.toHaveProperty('runAsUser');
      expect(securityContext).not.toHaveProperty('runAsNonRoot');
    }
  });

  it.each(pods)('%s uses the seccomp profile of the runtime', (_, { spec }) => {
    expect(spec.securityContext).toMatchObject({ seccompProfile: { type: 'RuntimeDefault' } });
  });

  it.each(pods)('%s has no token of the API server', (_, { spec }) => {
    expect(spec.automountServiceAccountToken).toBe(false);
  });

  it.each(pods)('%s gets no variables of services', (_, { spec }) => {
    expect(spec.enableServiceLinks).toBe(false);
  });

  it.each(pods)('%s has no access to its node', (_, { spec }) => {
    expect(spec.hostNetwork ?? spec.hostPID ?? spec.hostIPC ?? false).toBe(false);
    for (const volume of spec.volumes ?? []) expect(volume).not.toHaveProperty('hostPath');
  });

  it.each(containers)('%s cannot write to its image', (_, { securityContext }) => {
    expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true });
  });

  it.each(containers)('%s has no privileges and cannot gain any', (_, { securityContext }) => {
    expect(securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(securityContext?.capabilities?.add ?? []).toEqual([]);
    expect(securityContext?.['privileged'] ?? false).toBe(false);
  });

  it.each(containers)('%s has requests and limits of CPU and memory', (_, { resources }) => {
    for (const kind of ['cpu', 'memory']) {
      expect(resources?.requests).toHaveProperty(kind);
      expect(resources?.limits).toHaveProperty(kind);
    }
  });

  it.each(containers)('%s has all three probes', (_, container) => {
    expect(container.startupProbe).toBeDefined();
    expect(container.livenessProbe).toBeDefined();
    expect(container.readinessProbe).toBeDefined();
  });

  it('push-service has the memory that it uses under load, and room beyond its heap', () => {
    const { resources } = onlyContainer(podNamed(overlay, 'push-service'));
    expect(mebibytes(resources?.requests?.['memory'])).toBeGreaterThan(MEMORY_UNDER_LOAD_MB);
    expect(mebibytes(resources?.limits?.['memory'])).toBeGreaterThanOrEqual(heapLimitMb() + 200);
  });

  it.each(pods)('%s mounts only volumes that it has', (_, pod) => {
    const volumes = (pod.spec.volumes ?? []).map(({ name }) => name);
    const mounted = containersOf(pod).flatMap(({ volumeMounts = [] }) => volumeMounts);
    expect(volumes).toEqual(expect.arrayContaining(mounted.map(({ name }) => name)));
  });
});

function mebibytes(quantity = ''): number {
  const [, amount] = /^(\d+)Mi$/.exec(quantity) ?? [];
  return Number(amount);
}

/** The bound of V8's heap in the image. */
function heapLimitMb(): number {
  const dockerfile = readFileSync(join(__dirname, '../../Dockerfile'), 'utf8');
  const [, limit] = /--max-old-space-size=(\d+)/.exec(dockerfile) ?? [];
  return Number(limit);
}
