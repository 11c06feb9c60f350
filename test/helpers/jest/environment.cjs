'use strict';
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/**
 * Tests run in the realm of Node itself. In one of their own, as Jest's own environment makes it, each use of a global (`Map`, `Math`, `Error`) is a call,
 * which makes whatever computes several times as slow; and packages could not be shared (see runtime.cjs), as their errors would be no `Error`.
 * What a file leaves in globals and in variables of the environment is gone with it.
 */
module.exports = class {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  /** The legacy ones, which no test uses. */
  fakeTimers = null;

  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
    this.before = {
      globals: new Set(Reflect.ownKeys(globalThis)),
      variables: { ...process.env },
      console: globalThis.console,
      exit: process.exit,
    };
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
    const { globals, variables, console, exit } = this.before;
    for (const key of Reflect.ownKeys(globalThis)) {
      if (!globals.has(key)) Reflect.deleteProperty(globalThis, key);
    }
    for (const name of Object.keys(process.env)) if (!(name in variables)) delete process.env[name];
    Object.assign(process.env, variables);
    globalThis.console = console;
    process.exit = exit;
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  /** Jest asks whether there is one; the runtime compiles without. */
  getVmContext() {
    return globalThis;
  }
};
