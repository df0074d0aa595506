/** Shared by all projects: TypeScript through SWC, aliases as in tsconfig. */
const common = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: { '^.+\\.(c?js|ts)$': '@swc/jest' },
  // ESM-only packages, which jest loads as CommonJS, and one with a dynamic import, which jest cannot run.
  transformIgnorePatterns: [
    '/node_modules/(?!(cockatiel|jose|@opentelemetry/otlp-exporter-base)/)',
  ],
  moduleNameMapper: {
    '^@push/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    // A dynamic import names the built file.
    '^[.]/span-export[.]js$': '<rootDir>/libs/observability/src/tracing/span-export.ts',
  },
  clearMocks: true,
  setupFiles: ['<rootDir>/test/support/quiet-logs.ts'],
};

module.exports = {
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs,bench}/**/*.spec.ts'] },
    {
      ...common,
      displayName: 'contract',
      testMatch: ['<rootDir>/test/contract/**/*.contract-spec.ts', '!**/test/contract/clusters/**'],
    },
    {
      ...common,
      displayName: 'clusters',
      testMatch: ['<rootDir>/test/contract/clusters/*.contract-spec.ts'],
    },
    { ...common, displayName: 'e2e', testMatch: ['<rootDir>/test/e2e/**/*.e2e-spec.ts'] },
    { ...common, displayName: 'deploy', testMatch: ['<rootDir>/test/deploy/**/*.deploy-spec.ts'] },
    { ...common, displayName: 'chaos', testMatch: ['<rootDir>/test/chaos/**/*.chaos-spec.ts'] },
  ],
  testTimeout: 60_000,
  collectCoverageFrom: ['{apps,libs}/**/src/**/*.ts', '!**/*.spec.ts', '!**/index.ts'],
};
