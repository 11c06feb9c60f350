import type { AuditTrail } from '../../../src/api/audit-trail';

/** An audit trail of nothing. */
export const noAudit: AuditTrail = {
  begin: () => Promise.resolve(() => undefined),
  refused: () => Promise.resolve(),
  letIn: () => undefined,
  close: () => Promise.resolve(),
};
