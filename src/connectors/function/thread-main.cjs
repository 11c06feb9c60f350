// A thread that calls functions of plans, one at a time; started by function-threads.ts. It is replaced where a function ends it.
'use strict';
const { pathToFileURL } = require('node:url');

// Taken before any function can put something in their place.
const { stringify } = JSON;
const { byteLength } = Buffer;

const longestMessage = 2_000;

// Standard output belongs to the results of commands.
process.stdout.write = process.stderr.write.bind(process.stderr);

/** What was loaded, by path: `{ stamp, exports }`. */
const loaded = new Map();

module.exports = async function call({ path, stamp, exportName, work, limitBytes }) {
  let exported;
  try {
    exported = await exportsOf(path, stamp);
  } catch (error) {
    return { kind: 'unusable', detail: 'cannot be loaded', message: `cannot be loaded: ${messageOf(error)}` };
  }
  // Names that a CommonJS module does not show beforehand are keys of its default export.
  const holders = [exported, Object(exported.default)];
  const called = holders.find((holder) => Object.hasOwn(holder, exportName))?.[exportName];
  if (called === undefined) {
    const names = [...new Set(holders.flatMap((holder) => Object.keys(holder)))];
    const message = `has no export ${exportName}: it has ${names.length === 0 ? 'none' : names.join(', ')}`;
    return { kind: 'unusable', detail: 'no such export', message };
  }
  if (typeof called !== 'function') {
    return {
      kind: 'unusable',
      detail: 'no function',
      message: `has an export ${exportName} that is no function, but ${typeof called}`,
    };
  }
  let value;
  try {
    value = await called(work.input, work);
  } catch (error) {
    return { kind: 'threw', message: messageOf(error), advice: adviceOf(error) };
  }
  let json;
  try {
    json = stringify(value);
  } catch (error) {
    return { kind: 'not-json', message: messageOf(error) };
  }
  if (json === undefined && value !== undefined) return { kind: 'not-json', message: `it is a ${typeof value}` };
  if (json !== undefined && byteLength(json) > limitBytes) return { kind: 'oversized' };
  return { kind: 'returned', json: json ?? 'null' };
};

/** A file that was changed is loaded again; what it loads itself is not. */
async function exportsOf(path, stamp) {
  const known = loaded.get(path);
  if (known?.stamp === stamp) return known.exports;
  delete require.cache[path];
  const exports = /\.[cm]?ts$/.test(path) && !process.features.typescript ? loadTypeScript(path) : load(path, stamp);
  loaded.set(path, { stamp, exports });
  return exports;
}

function load(path, stamp) {
  return import(`${pathToFileURL(path).href}?${stamp}`);
}

/** For versions of Node that run no TypeScript. */
function loadTypeScript(path) {
  const { createJiti } = require('jiti');
  return createJiti(path, { moduleCache: false, fsCache: false }).import(path);
}

function messageOf(error) {
  try {
    const message = error instanceof Error ? error.message || error.name : String(error);
    return String(message).slice(0, longestMessage);
  } catch {
    return 'it threw something that cannot be shown';
  }
}

/** Of a WorkFailure; its parts cross only as what they should be. */
function adviceOf(error) {
  try {
    if (error?.name !== 'WorkFailure') return {};
    const { retryable, retryAfterMs, rateLimited } = error.advice ?? {};
    return {
      ...(typeof retryable === 'boolean' && { retryable }),
      ...(Number.isFinite(retryAfterMs) && retryAfterMs >= 0 && { retryAfterMs: Math.round(retryAfterMs) }),
      ...(rateLimited === true && { rateLimited }),
    };
  } catch {
    return {};
  }
}
