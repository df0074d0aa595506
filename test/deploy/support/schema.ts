import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT, type Manifest } from './kustomize';

/** The package that describes an API group: Kubernetes' own kinds, and those that two operators add. */
function modelsOf(apiVersion: string): string {
  if (apiVersion.startsWith('keda.sh/')) return `@kubernetes-models/keda/${apiVersion}`;
  if (apiVersion.startsWith('monitoring.coreos.com/'))
    return `@kubernetes-models/prometheus-operator/${apiVersion}`;
  return `kubernetes-models/${apiVersion}`;
}

/**
 * Every problem of the manifests; none for manifests that the API server would accept. TypeScript checks them as object
 * literals of the types generated from the schemas, because the validators accept unknown fields.
 */
export function problemsOf(manifests: readonly Manifest[]): string[] {
  const typed = typeProblems(manifests);
  return typed.length > 0 ? typed : valueProblems(manifests);
}

function typeProblems(manifests: readonly Manifest[]): string[] {
  // Below the checkout, so that the packages are found.
  mkdirSync(join(ROOT, '.services'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.services', 'manifests-'));
  try {
    const files = manifests.map((manifest, index) => {
      const file = join(folder, `${index}-${manifest.kind}.mts`);
      const models = `${modelsOf(manifest.apiVersion)}/${manifest.kind}`;
      const type = `import type { I${manifest.kind} as T } from '${models}';\n`;
      writeFileSync(file, `${type}export const it: T = ${JSON.stringify(manifest)};\n`);
      return file;
    });
    const program = ts.createProgram(files, {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
    });
    return ts.getPreEmitDiagnostics(program).map((found) => {
      const index = files.findIndex((file) => file === found.file?.fileName);
      return `${nameOf(manifests[index])}: ${ts.flattenDiagnosticMessageText(found.messageText, '\n')}`;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Checks what types cannot: formats, patterns, limits. In a process of its own, because jest cannot load the modules. */
function valueProblems(manifests: readonly Manifest[]): string[] {
  const input = JSON.stringify(
    manifests.map((manifest) => ({ models: modelsOf(manifest.apiVersion), manifest })),
  );
  const script = join(__dirname, 'validate.mjs');
  return JSON.parse(
    execFileSync(process.execPath, [script], { input, encoding: 'utf8' }),
  ) as string[];
}

function nameOf(manifest: Manifest | undefined): string {
  return manifest ? `${manifest.kind} ${manifest.metadata.name}` : 'somewhere';
}
