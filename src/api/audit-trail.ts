import type { FastifyRequest } from 'fastify';
import type { AuditLog } from '../contracts/ports/audit-log';
import type { Permission, Principal } from '../domain/access/roles';
import type { AuditAction } from '../domain/audit/audit-entry';
import { OrchestraError } from '../domain/errors';
import { AlikeActions } from './alike-actions';
import { addressOfClient } from './limits/address-of-client';
import { operationOf } from './route';

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

/** An operation of the API, or what else is done at an address. */
export interface AuditedOperation {
  method: string;
  url: string;
  /** Where entries are counted, those of it are not counted together with others. */
  isCountedAlone?: true;
}

/** Says how an action that has begun ended. Never rejects. */
export type EndAction = (end: { error?: unknown; target?: Record<string, string> }) => void;

export interface AuditTrail {
  /** Resolves once it is kept that the action begins: without that, it must not. Throws SERVER_UNAVAILABLE. */
  begin(
    request: FastifyRequest,
    operation: AuditedOperation,
    rule: Permission | 'anybody' | 'login',
    principal: Principal,
  ): Promise<EndAction>;
  /** Keeps that somebody was refused before anything began; strangers, and requests that are too many, are counted. Never rejects. */
  refused(
    request: FastifyRequest,
    operation: AuditedOperation,
    principal: Principal | undefined,
    error: unknown,
  ): Promise<void>;
  /** Keeps that a stranger did what anybody may do; those of an address are counted. */
  letIn(request: FastifyRequest, operation: AuditedOperation): void;
  /** Keeps what has been counted. */
  close(): Promise<void>;
}

/** Why somebody does something, in their own words; as a header takes them, so percent-encoded where they are not ASCII. */
const reasonHeader = 'orchestra-reason';
const maxReasonLength = 500;

/** What somebody is refused for who they are, or for how often they came. A database that is away refuses nobody. */
const refusals: ReadonlySet<string> = new Set(['TOKEN_INVALID', 'TOKEN_FORBIDDEN', 'RATE_LIMITED']);

/** The audit log as the API writes it. */
export function createAuditTrail({ log, scope, homeWorkspace, now, onError }: AuditTrailOptions): AuditTrail {
  const pending = new Set<Promise<unknown>>();
  const keep = (workspace: string, action: AuditAction): Promise<void> => {
    const kept: Promise<void> = log
      .append(workspace, action)
      .then(() => undefined, onError)
      .finally(() => pending.delete(kept));
    pending.add(kept);
    return kept;
  };
  const alike = new AlikeActions(now, (workspace, action) => void keep(workspace, action));
  const count = (principal: Principal | undefined, action: AuditAction, { isCountedAlone }: AuditedOperation): void => {
    const who = principal?.subject ?? addressOfClient(action.source ?? '');
    const what = isCountedAlone ? action.action : '';
    alike.add(principal?.workspace ?? homeWorkspace, `${action.code ?? ''} ${what} ${who}`, action);
  };

  return {
    begin: async (request, operation, rule, principal) => {
      if (scope === 'changes' && !changesSomething(rule)) return () => undefined;
      const begun = { ...describe(request, operation, principal), outcome: 'begun' } as const;
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
    refused: async (request, operation, principal, error) => {
      const code = codeOf(error);
      if (!refusals.has(code)) return;
      const action = { ...describe(request, operation, principal), outcome: 'denied', code } as const;
      if (principal && code !== 'RATE_LIMITED') await keep(principal.workspace, action);
      else count(principal, action, operation);
    },
    letIn: (request, operation) =>
      count(undefined, { ...describe(request, operation, undefined), outcome: 'succeeded' }, operation),
    close: async () => {
      alike.end();
      await Promise.all(pending);
    },
  };
}

/** Reading changes nothing; and what agents do with their work is in the logs of their sessions. */
function changesSomething(rule: Permission | 'anybody' | 'login'): boolean {
  return rule !== 'read' && rule !== 'work.do' && rule !== 'anybody';
}

function describe(
  request: FastifyRequest,
  operation: AuditedOperation,
  principal: Principal | undefined,
): Omit<AuditAction, 'outcome'> {
  const reason = readReason(request.headers[reasonHeader]);
  return {
    actor: principal?.subject ?? 'nobody',
    ...(principal && { role: principal.role }),
    action: operationOf(operation),
    // A path that leads nowhere is no name of anything.
    target: request.is404 ? {} : { ...(request.params as Record<string, string>) },
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
