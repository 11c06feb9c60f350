import { hostname, userInfo } from 'node:os';
import type { CommandAuditLog } from '../cli/ports';
import type { AuditAction } from '../domain/audit/audit-entry';
import { OrchestraError } from '../domain/errors';
import { keptAnchors } from './audit';
import type { Installation } from './installation';

/** The audit log as the command line writes it. `usualReason`: for commands that take none of their own. */
export function commandAudit(
  { audit, configuration }: Pick<Installation, 'audit' | 'configuration'>,
  usualReason: string | undefined,
): CommandAuditLog {
  const { workspace } = configuration;
  return {
    list: (query) => audit.list(workspace, query),
    keptAnchors: () => keptAnchors(configuration),
    verify: (kept) => audit.verify(workspace, kept),
    export: (each) => audit.export(workspace, each),
    begin: async ({ reason = usualReason, ...command }) => {
      const begun: AuditAction = {
        ...command,
        // Whoever can reach the database is not asked who they are: this is what the machine says.
        actor: `cli:${userName()}@${hostname()}`,
        outcome: 'begun',
        via: 'cli',
        source: hostname(),
        ...(reason !== undefined && { reason: reason.slice(0, 500) }),
      };
      const of = await audit.append(workspace, begun).catch((error: unknown) => {
        const message = 'The audit log cannot be written, so nothing was done. Try again in a moment.';
        throw new OrchestraError('SERVER_UNAVAILABLE', message, { cause: error });
      });
      return async ({ code }) => {
        const outcome = code === undefined ? 'succeeded' : 'failed';
        await audit.append(workspace, { ...begun, outcome, of, ...(code !== undefined && { code }) });
      };
    },
  };
}

/** In a container, a user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
