import type { AlertRule } from '../../../src/domain/alerts/alert-rule';

/** Raised by two sweeps above 100, cleared by three at 50 or below. */
export const queueRule: AlertRule = {
  name: 'waiting',
  metric: 'queue',
  agent: null,
  raiseAt: 100,
  clearAt: 50,
  raiseAfter: 2,
  clearAfter: 3,
  windowMs: 3_600_000,
};
