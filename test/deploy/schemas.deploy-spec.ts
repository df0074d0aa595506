import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, find, OVERLAYS, read, ROOT, type Manifest } from './support/kustomize';
import { problemsOf } from './support/schema';

describe.each(OVERLAYS)('overlay %s', (overlay) => {
  it('is built by kubectl, with only fields that the API server knows', () => {
    expect(problemsOf(build(overlay))).toEqual([]);
  });

  it('has everything in one namespace', () => {
    const namespaces = build(overlay).map(({ kind, metadata }) =>
      kind === 'Namespace' ? metadata.name : metadata.namespace,
    );
    expect(new Set(namespaces).size).toBe(1);
  });
});

it('has a well-formed example of the secrets', () => {
  const example = readFileSync(join(ROOT, 'deploy/k8s/secret.example.yaml'), 'utf8');
  expect(problemsOf(read(example))).toEqual([]);
});

describe('the check of manifests', () => {
  const changed = (kind: string, change: (spec: Manifest['spec']) => void): string[] => {
    const manifest = structuredClone(find('production', kind, 'push-service'));
    change(manifest.spec);
    return problemsOf([manifest]);
  };

  it('refuses a field that Kubernetes does not know', () => {
    const problems = changed('Deployment', (spec) => {
      spec.template.spec.containers[0].livenessprobe = {};
    });
    expect(problems.join()).toContain(`'"livenessprobe"' does not exist`);
  });

  it('refuses a value of the wrong type', () => {
    const problems = changed('Deployment', (spec) => (spec.replicas = 'two'));
    expect(problems.join()).toContain("'string' is not assignable to type 'number'");
  });

  it('refuses a manifest without what is required', () => {
    const problems = changed('Deployment', (spec) => delete spec.selector);
    expect(problems.join()).toContain(`'"selector"' is missing`);
  });

  it('refuses a field that KEDA does not know', () => {
    const problems = changed('ScaledObject', (spec) => (spec.maxReplicas = 3));
    expect(problems.join()).toContain(`'"maxReplicas"' does not exist`);
  });

  it('refuses a field that prometheus-operator does not know', () => {
    const problems = changed('ServiceMonitor', (spec) => (spec.endpoints[0].intervall = '5s'));
    expect(problems.join()).toContain(`'"intervall"' does not exist`);
  });

  it('refuses a value that its pattern does not allow', () => {
    const problems = changed('ServiceMonitor', (spec) => (spec.endpoints[0].interval = 'often'));
    expect(problems.join()).toContain('pattern');
  });
});
