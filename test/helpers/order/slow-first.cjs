'use strict';
const { relative, sep } = require('node:path');

/**
 * Orders tests by how long they take, the longest first: a long one that begins last keeps everybody waiting. `seconds` is by path from the root; those
 * it does not name follow in the order they have.
 */
function slowFirst(tests, seconds) {
  const secondsOf = ({ path, context }) => seconds[relative(context.config.rootDir, path).replaceAll(sep, '/')] ?? 0;
  return [...tests].sort((a, b) => secondsOf(b) - secondsOf(a));
}

module.exports = { slowFirst };
