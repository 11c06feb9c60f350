import type { ErrorCode } from '../domain/errors';
import type { SessionStatus } from '../domain/session/state';

/** What the command line tells its caller. A program that is ended by a signal says 128 + its number, as shells do. */
export const exitCodes = {
  succeeded: 0,
  failed: 1,
  badInput: 2,
  cancelled: 3,
  noServer: 4,
  signals: { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 },
} as const;

/** Of a session; one that has not ended (a detached run) counts as success. */
export function exitCodeOfStatus(status: SessionStatus): number {
  switch (status) {
    case 'failed':
    case 'partially_succeeded':
      return exitCodes.failed;
    case 'cancelled':
      return exitCodes.cancelled;
    case 'succeeded':
    case 'running':
    case 'paused':
    case 'waiting':
      return exitCodes.succeeded;
  }
}

export function exitCodeOfError(code: ErrorCode): number {
  switch (code) {
    case 'PLAN_INVALID':
    case 'PLAN_NOT_FOUND':
    case 'INPUT_INVALID':
    case 'EXPRESSION_INVALID':
    case 'SESSION_NOT_FOUND':
    case 'TASK_NOT_FOUND':
    case 'USAGE':
    case 'AGENT_INVALID':
    case 'AGENT_NOT_FOUND':
    case 'AGENT_EXISTS':
    case 'WORKSPACE_NOT_FOUND':
    case 'WORKSPACE_EXISTS':
    case 'MEMBER_NOT_FOUND':
    case 'RECOVERY_NOT_FOUND':
    case 'SECRET_NOT_FOUND':
    case 'APPROVAL_NOT_FOUND':
    case 'HOST_TAKEN':
    case 'HOST_NOT_FOUND':
    case 'TOKEN_INVALID':
    case 'TOKEN_FORBIDDEN':
    case 'TOKEN_NOT_FOUND':
    case 'ATTEMPT_NOT_FOUND':
    case 'ROUTE_NOT_FOUND':
    case 'METHOD_NOT_ALLOWED':
    case 'REQUEST_TOO_LARGE':
    case 'MEMORY_INVALID':
    case 'MEMORY_NOT_FOUND':
    case 'INSIGHT_NOT_FOUND':
    case 'SETTING_INVALID':
    case 'IDEMPOTENCY_KEY_REUSED':
    case 'PRECONDITION_REQUIRED':
    case 'ALERT_NOT_FOUND':
    case 'ALERT_NOT_RAISED':
    case 'SCHEDULE_NOT_FOUND':
    case 'SCHEDULE_EXISTS':
    case 'SCHEDULE_INVALID':
    case 'WEBHOOK_NOT_FOUND':
    case 'WEBHOOK_EXISTS':
    case 'DELIVERY_NOT_FOUND':
    case 'PROPOSAL_NOT_FOUND':
    case 'EVENT_CURSOR_GONE':
      return exitCodes.badInput;
    case 'SERVER_UNAVAILABLE':
    case 'EMBEDDED_START_FAILED':
      return exitCodes.noServer;
    case 'COMMAND_REFUSED':
    case 'PROPOSAL_OUTDATED':
    case 'LAST_ADMIN':
    case 'RUN_SUPERSEDED':
    case 'ARTIFACT_NOT_FOUND':
    case 'SECRET_UNREADABLE':
    case 'PAYLOAD_UNREADABLE':
    case 'ATTEMPT_SUPERSEDED':
    case 'INTERNAL':
    case 'IDEMPOTENCY_KEY_BUSY':
    case 'PRECONDITION_FAILED':
    case 'RATE_LIMITED':
      return exitCodes.failed;
  }
}
