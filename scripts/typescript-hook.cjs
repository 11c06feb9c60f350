'use strict';
// `node --require ./scripts/typescript-hook.cjs FILE.ts`: runs TypeScript from its source in a plain Node process, the way Jest runs it in its own,
// so that no build can be stale.
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');
const { version } = require('@swc/core/package.json');

const options = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
  swcrc: false,
};

// Hundreds of processes load the same files: each is compiled once.
const cache = join(__dirname, '..', 'node_modules', '.cache', 'orchestra-tests');
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
  // Loaded where there is something to compile: it is large.
  const { transformSync } = require('@swc/core');
  const { code } = transformSync(source, { ...options, filename: file });
  // Put in its place whole: others may read it at this moment.
  const written = `${kept}.${process.pid}`;
  writeFileSync(written, code);
  renameSync(written, kept);
  return code;
}

require.extensions['.ts'] = (module, file) => module._compile(compiled(file), file);

// An import at run time names what is built; here, what it is built from.
const resolve = Module._resolveFilename;
Module._resolveFilename = (request, parent, ...more) => {
  const isOfSource = request.startsWith('.') && request.endsWith('.js') && parent?.filename?.endsWith('.ts');
  return resolve(isOfSource ? request.replace(/js$/, 'ts') : request, parent, ...more);
};
