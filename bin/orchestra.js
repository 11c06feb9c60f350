#!/usr/bin/env node
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const program = join(__dirname, '..', 'dist', 'main', 'orchestra.js');
if (existsSync(program)) {
  require(program);
} else {
  process.stderr.write('orchestra is not built yet. Run `npm ci`, or `npm run build`, in its folder.\n');
  process.exitCode = 1;
}
