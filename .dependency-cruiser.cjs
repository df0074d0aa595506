/**
 * The arrows of the house: apps -> libs, and libs only downwards. Each layer may use its own and the
 * ones below it; lower ones come first here.
 */
const layers = [
  ['contracts', 'config'],
  ['resilience', 'observability', 'redis'],
  ['queue', 'fcm', 'user-client', 'idempotency'],
  ['health', 'http', 'runtime'],
];

const libs = (names) => `^libs/(${names.join('|')})/`;

const layerRules = layers.slice(0, -1).map((names, level) => ({
  name: `layer-${level + 1}-imports-no-higher-lib`,
  comment: `${names.join(', ')} may only import libs of the same layer or below.`,
  severity: 'error',
  from: { path: libs(names) },
  to: { path: libs(layers.slice(level + 1).flat()) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Modules that need each other are one module, or miss a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-lib-to-app',
      comment: 'Libraries know nothing of the applications built from them.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'no-app-to-other-app',
      comment: 'Applications meet on the wire; what they share is a library.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-are-entered-by-their-index',
      comment: 'What is not exported by a library is not for others.',
      severity: 'error',
      from: { path: '^(?:apps|libs)/([^/]+)/' },
      to: { path: '^libs/', pathNot: '^libs/($1/|[^/]+/src/index[.]ts$)' },
    },
    {
      name: 'no-own-index',
      comment: 'Inside a library files import each other; the index is the door for others.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/src/' },
      to: { path: '^libs/$1/src/index[.]ts$' },
    },
    {
      name: 'every-lib-has-a-layer',
      comment: 'A new library is put into one of the layers of .dependency-cruiser.cjs.',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { path: '^libs/', pathNot: libs(layers.flat()) },
    },
    {
      name: 'no-test-code-in-sources',
      comment: 'Sources import neither specs nor test support.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '[.]spec[.]ts$' },
      to: { path: '^test/|[.]spec[.]ts$' },
    },
    {
      name: 'no-bench-in-sources',
      comment: 'What measures the product is no part of it.',
      severity: 'error',
      from: { path: '^(apps|libs|test)/' },
      to: { path: '^bench/' },
    },
    {
      name: 'bench-knows-the-product-from-outside',
      comment:
        'The benchmark starts what is built, as an operator does; it shares no code with it.',
      severity: 'error',
      from: { path: '^bench/', pathNot: '[.]spec[.]ts$' },
      to: { path: '^(apps|libs|test)/' },
    },
    {
      name: 'no-dev-dependency-in-sources',
      comment: 'The image is built without development dependencies.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '[.]spec[.]ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-undeclared-dependency',
      comment: 'A package that is only there by luck, because another one brought it.',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    ...layerRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
  },
};
