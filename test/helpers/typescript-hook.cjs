'use strict';
// `node --require typescript-hook.cjs owner.ts`: runs a TypeScript file in a plain Node process, the way Jest runs it in its own.
const { transformFileSync } = require('@swc/core');

const options = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
  swcrc: false,
};
require.extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, options).code, file);
