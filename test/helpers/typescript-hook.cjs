'use strict';
// `node --require typescript-hook.cjs owner.ts`: runs a TypeScript file in a plain Node process, the way Jest runs it in its own.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { transformSync, version } = require('@swc/core');

const options = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
  swcrc: false,
};

// Hundreds of processes load the same files: each is compiled once.
const cache = join(__dirname, '..', '..', 'node_modules', '.cache', 'orchestra-tests');
mkdirSync(cache, { recursive: true });
const how = `${version}\0${JSON.stringify(options)}\0`;

function compiled(file) {
  const source = readFileSync(file, 'utf8');
  const kept = join(cache, `${createHash('sha256').update(`${how}${file}\0`).update(source).digest('hex')}.js`);
  try {
    return readFileSync(kept, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const { code } = transformSync(source, { ...options, filename: file });
  // Put in its place whole: others may read it at this moment.
  const written = `${kept}.${process.pid}`;
  writeFileSync(written, code);
  renameSync(written, kept);
  return code;
}

require.extensions['.ts'] = (module, file) => module._compile(compiled(file), file);
