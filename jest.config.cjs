const swc = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
];

const common = {
  testEnvironment: '<rootDir>/test/helpers/jest/environment.cjs',
  runtime: '<rootDir>/test/helpers/jest/runtime.cjs',
  transform: { '^.+\\.[cm]?[jt]s$': swc },
  transformIgnorePatterns: ['/node_modules/', '<rootDir>/dist/'],
  // An import at run time names what is built; here, it is what that is built from.
  moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

module.exports = {
  // Two cores; the servers want their share.
  maxWorkers: 2,
  // Files that share a process leave something of themselves in its packages. A heap ends at 4 GB.
  workerIdleMemoryLimit: '1.5GB',
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
