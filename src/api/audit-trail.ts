import type { FastifyRequest } from 'fastify';
import type { AuditLog } from '../contracts/ports/audit-log';
import type { Permission, Principal } from '../domain/access/roles';
import type { AuditAction } from '../domain/audit/audit-entry';
import { OrchestraError } from '../domain/errors';
import { operationOf } from './route';
import type { AnyRoute } from './route';

/** `changes`: what changes something, or reveals payloads; `everything`: reading, and the work of agents, as well. What is refused is always kept. */
export type AuditScope = 'changes' | 'everything';

export interface AuditTrailOptions {
  log: Pick<AuditLog, 'append'>;
  scope: AuditScope;
  /** Whose log has the requests of strangers. */
  homeWorkspace: string;
  now(): number;
  onError(error: unknown): void;
}

/** Says how an action that has begun ended. Never rejects. */
export type EndAction = (end: { error?: unknown; target?: Record<string, string> }) => void;

export interface AuditTrail {
  /** Resolves once it is kept that the action begins: without that, it must not. Throws SERVER_UNAVAILABLE. */
  begin(
    request: FastifyRequest,
    route: AnyRoute,
    rule: Permission | 'anybody',
    principal: Principal,
  ): Promise<EndAction>;
  /** Keeps that somebody was refused before anything began. Never rejects. */
  refused(request: FastifyRequest, route: AnyRoute, principal: Principal | undefined, error: unknown): Promise<void>;
  /** Keeps what has been counted. */
  close(): Promise<void>;
}

/** Why somebody does something, in their own words; as a header takes them, so percent-encoded where they are not ASCII. */
const reasonHeader = 'orchestra-reason';
const maxReasonLength = 500;

/** Strangers are told apart by their address; one who knocks a thousand times in this time makes two entries. */
const countingMs = 60_000;
/** Addresses that are counted on their own at a time. */
const maxStrangers = 100;

/** The audit log as the API writes it. */
export function createAuditTrail({ log, scope, homeWorkspace, now, onError }: AuditTrailOptions): AuditTrail {
  const strangers = new Map<string, { since: number; count: number; action: AuditAction }>();
  const pending = new Set<Promise<unknown>>();
  const keep = (workspace: string, action: AuditAction): Promise<void> => {
    const kept: Promise<void> = log
      .append(workspace, action)
      .then(() => undefined, onError)
      .finally(() => pending.delete(kept));
    pending.add(kept);
    return kept;
  };
  /** The first of each address at once, the others as a number. */
  const countStranger = (action: AuditAction): void => {
    for (const [name, known] of strangers) {
      if (now() - known.since < countingMs) break;
      strangers.delete(name);
      if (known.count > 0) void keep(homeWorkspace, { ...known.action, count: known.count });
    }
    const name = strangers.size < maxStrangers ? (action.source ?? '') : 'others';
    const known = strangers.get(name);
    if (known) {
      known.count++;
      known.action = action;
      return;
    }
    strangers.set(name, { since: now(), count: 0, action });
    void keep(homeWorkspace, action);
  };

  return {
    begin: async (request, route, rule, principal) => {
      if (scope === 'changes' && !changesSomething(rule)) return () => undefined;
      const begun = { ...describe(request, route, principal), outcome: 'begun' } as const;
      const of = await log.append(principal.workspace, begun).catch((error: unknown) => {
        onError(error);
        throw new OrchestraError(
          'SERVER_UNAVAILABLE',
          'The audit log cannot be written, so nothing was done. Try again in a moment.',
        );
      });
      return ({ error, target = {} }) => {
        const code = error === undefined ? undefined : codeOf(error);
        const outcome = code === undefined ? 'succeeded' : code === 'TOKEN_FORBIDDEN' ? 'denied' : 'failed';
        const ended = { ...begun, target: { ...begun.target, ...target }, outcome, of } as const;
        void keep(principal.workspace, { ...ended, ...(code !== undefined && { code }) });
      };
    },
    refused: async (request, route, principal, error) => {
      const code = codeOf(error);
      // A database that is away refuses nobody.
      if (code !== 'TOKEN_INVALID' && code !== 'TOKEN_FORBIDDEN') return;
      const action = { ...describe(request, route, principal), outcome: 'denied', code } as const;
      if (principal) await keep(principal.workspace, action);
      else countStranger(action);
    },
    close: async () => {
      for (const { count, action } of strangers.values()) {
        if (count > 0) void keep(homeWorkspace, { ...action, count });
      }
      strangers.clear();
      await Promise.all(pending);
    },
  };
}

/** Reading changes nothing; and what agents do with their work is in the logs of their sessions. */
function changesSomething(rule: Permission | 'anybody'): boolean {
  return rule !== 'read' && rule !== 'work.do' && rule !== 'anybody';
}

function describe(
  request: FastifyRequest,
  route: AnyRoute,
  principal: Principal | undefined,
): Omit<AuditAction, 'outcome'> {
  const reason = readReason(request.headers[reasonHeader]);
  return {
    actor: principal?.subject ?? 'nobody',
    ...(principal && { role: principal.role }),
    action: operationOf(route),
    target: { ...(request.params as Record<string, string>) },
    ...(reason !== undefined && { reason }),
    requestId: request.id,
    via: 'api',
    source: request.ip,
  };
}

function readReason(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  let reason = header;
  try {
    reason = decodeURIComponent(header);
  } catch {
    // A percent sign that is none of an encoding.
  }
  return reason.slice(0, maxReasonLength);
}

function codeOf(error: unknown): string {
  return error instanceof OrchestraError ? error.code : 'INTERNAL';
}
