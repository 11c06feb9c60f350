'use strict';
// `node --require ./bench/typescript-hook.cjs bench/main.ts`: runs TypeScript from its source, so that no build can be stale.
const { transformFileSync } = require('@swc/core');

const options = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
  swcrc: false,
};
require.extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, options).code, file);
