import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const ROOT = join(__dirname, '..', '..', '..');
export const OVERLAYS = ['dev', 'production', 'production-hpa'] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** One document, as `kubectl apply` would send it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- of any kind, checked against its schema
  spec?: any;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

const built = new Map<Overlay, Manifest[]>();

/** What `kubectl kustomize` makes of an overlay. @throws Error with kubectl's message */
export function build(overlay: Overlay): Manifest[] {
  const known = built.get(overlay);
  if (known) return known;
  const folder = join(ROOT, 'deploy/k8s/overlays', overlay);
  const { status, stdout, stderr, error } = spawnSync('kubectl', ['kustomize', folder], {
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`kubectl kustomize ${folder}:\n${stderr}`);
  const manifests = read(stdout);
  built.set(overlay, manifests);
  return manifests;
}

/** The documents of a YAML text. @throws Error where it is not well formed */
export function read(yaml: string): Manifest[] {
  return parseAllDocuments(yaml).map((document) => {
    const [problem] = document.errors;
    if (problem) throw problem;
    return document.toJS() as Manifest;
  });
}

/** The documents of one kind. */
export function ofKind(overlay: Overlay, kind: string): Manifest[] {
  return build(overlay).filter((manifest) => manifest.kind === kind);
}

/** @throws Error when it is not there */
export function find(overlay: Overlay, kind: string, name: string): Manifest {
  const found = ofKind(overlay, kind).find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`${overlay} has no ${kind} ${name}`);
  return found;
}
