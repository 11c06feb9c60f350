'use strict';
const { createRequire, isBuiltin } = require('node:module');
const { isAbsolute } = require('node:path');
const { compileFunction } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

/** What Jest gives each file anew, or its own of. */
const ofJest = new Set(['@jest/globals', '@jest/expect', 'expect']);

const isPackage = (name) => !name.startsWith('.') && !isAbsolute(name) && !isBuiltin(name) && !ofJest.has(name);

/**
 * Our own modules are loaded anew for each test file, so that none sees what another has left in them. Packages, which are many times as many, are loaded
 * once a process and by Node. All of it runs in Node's realm (see environment.cjs).
 */
module.exports = class extends Runtime {
  constructor(...given) {
    super(...given);
    const { executor } = this;
    executor.compile = (source, filename) => compileFunction(source, executor.injectedModuleParameters, { filename });
  }

  requireModuleOrMock(from, name) {
    return isPackage(name) ? createRequire(from)(name) : super.requireModuleOrMock(from, name);
  }

  /** It would be that of the process, for good. */
  installGetBuiltinModule() {}
};
