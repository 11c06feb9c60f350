/** Imports point one way: see docs/architecture.md. */
const layer = (name, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: `^src/(${[name, ...allowed].join('|')})/` },
});

const adapters = ['domain', 'contracts'];

module.exports = {
  forbidden: [
    layer('domain', [], 'The domain knows nobody.'),
    layer('contracts', ['domain'], 'Contracts know the domain.'),
    layer('processes', [], 'A leaf: child processes, and nothing of ours.'),
    layer('workflows', adapters),
    layer('activities', adapters),
    layer('stores', adapters),
    layer('connectors', [...adapters, 'processes']),
    layer('client', adapters),
    layer('sdk', adapters),
    layer('api', [...adapters, 'client']),
    layer('cli', [...adapters, 'client']),
    layer('workers', adapters),
    layer('telemetry', adapters),
    layer('embedded', [...adapters, 'processes']),
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'No clock, no I/O, no libraries; only expressions may use pure ones.',
      from: { path: '^src/domain/', pathNot: '^src/domain/expressions/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'unknown'] },
    },
    {
      name: 'expressions-use-pure-libraries-only',
      severity: 'error',
      from: { path: '^src/domain/expressions/' },
      to: {
        dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'unknown'],
        pathNot: 'node_modules/(@marcbachmann/cel-js|re2js)/',
      },
    },
    {
      name: 'protocol-is-pure',
      severity: 'error',
      from: { path: '^src/contracts/(protocol|ports)/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'unknown'] },
    },
    {
      name: 'workflow-bundle-is-pure',
      severity: 'error',
      comment: 'Nothing reachable from workflows touches Node, PostgreSQL, zod, expressions or a worker package.',
      from: { path: '^src/workflows/' },
      to: {
        reachable: true,
        path: '^src/(contracts/schemas|domain/expressions|stores|activities|connectors|client|sdk|api|cli|workers|telemetry|embedded|processes|main)/|node_modules/(pg|zod|@marcbachmann|@temporalio/(worker|client|activity))/',
      },
    },
    {
      name: 'sdk-needs-no-libraries',
      severity: 'error',
      comment:
        'Programs of remote agents and pages load it: nothing of Temporal, PostgreSQL, zod or the API comes with it. Types are gone by then.',
      from: { path: '^src/sdk/' },
      to: { path: '^src/(?!sdk/)|node_modules/(?!ws/|@opentelemetry/api/)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-sockets-use-ws',
      severity: 'error',
      comment: 'It is loaded by those agents alone that ask for a socket.',
      from: { path: '^src/sdk/', pathNot: '^src/sdk/socket/open-socket\\.ts$' },
      to: { path: 'node_modules/ws/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-traced-work-uses-opentelemetry',
      severity: 'error',
      comment: 'Its API, which does nothing by itself, is loaded where work has a trace.',
      from: { path: '^src/sdk/', pathNot: '^src/sdk/in-trace\\.ts$' },
      to: { path: 'node_modules/@opentelemetry/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'http-client-needs-no-node',
      severity: 'error',
      comment: 'agent-orchestra/http runs in browsers.',
      from: { path: '^src/sdk/(client/|http\\.ts|api-error\\.ts|pause\\.ts)' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'http-client-knows-no-agents',
      severity: 'error',
      from: { path: '^src/sdk/(client/|http\\.ts)' },
      to: { path: '^src/sdk/', pathNot: '^src/sdk/(client/|api-error\\.ts|pause\\.ts)' },
    },
    {
      name: 'workflows-use-no-node',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A type may lead back: it is gone when the program runs.',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-tests-in-src', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench)/' } },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'not-unresolvable', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
