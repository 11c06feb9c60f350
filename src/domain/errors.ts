/**
 * Every error that a user can meet, in one table: code → what HTTP would answer, and whether the same call can succeed later.
 * docs/errors.md explains each; a test ties the two together.
 */
export const errorTable = {
  PLAN_INVALID: { httpStatus: 422, retryable: false },
  PLAN_NOT_FOUND: { httpStatus: 404, retryable: false },
  INPUT_INVALID: { httpStatus: 422, retryable: false },
  EXPRESSION_INVALID: { httpStatus: 422, retryable: false },
  SESSION_NOT_FOUND: { httpStatus: 404, retryable: false },
  TASK_NOT_FOUND: { httpStatus: 404, retryable: false },
  COMMAND_REFUSED: { httpStatus: 409, retryable: false },
  USAGE: { httpStatus: 400, retryable: false },
  SERVER_UNAVAILABLE: { httpStatus: 503, retryable: true },
  EMBEDDED_START_FAILED: { httpStatus: 503, retryable: true },
  RUN_SUPERSEDED: { httpStatus: 409, retryable: false },
  ARTIFACT_NOT_FOUND: { httpStatus: 404, retryable: false },
  AGENT_INVALID: { httpStatus: 422, retryable: false },
  AGENT_NOT_FOUND: { httpStatus: 404, retryable: false },
  AGENT_EXISTS: { httpStatus: 409, retryable: false },
  SECRET_NOT_FOUND: { httpStatus: 404, retryable: false },
  SECRET_UNREADABLE: { httpStatus: 500, retryable: false },
  PAYLOAD_UNREADABLE: { httpStatus: 422, retryable: false },
  HOST_TAKEN: { httpStatus: 409, retryable: true },
  HOST_NOT_FOUND: { httpStatus: 404, retryable: false },
  APPROVAL_NOT_FOUND: { httpStatus: 404, retryable: false },
  TOKEN_INVALID: { httpStatus: 401, retryable: false },
  TOKEN_FORBIDDEN: { httpStatus: 403, retryable: false },
  TOKEN_NOT_FOUND: { httpStatus: 404, retryable: false },
  ATTEMPT_NOT_FOUND: { httpStatus: 404, retryable: false },
  ATTEMPT_SUPERSEDED: { httpStatus: 409, retryable: false },
  ROUTE_NOT_FOUND: { httpStatus: 404, retryable: false },
  REQUEST_TOO_LARGE: { httpStatus: 413, retryable: false },
  INTERNAL: { httpStatus: 500, retryable: true },
  MEMORY_INVALID: { httpStatus: 422, retryable: false },
  MEMORY_NOT_FOUND: { httpStatus: 404, retryable: false },
  INSIGHT_NOT_FOUND: { httpStatus: 404, retryable: false },
  SETTING_INVALID: { httpStatus: 422, retryable: false },
  IDEMPOTENCY_KEY_REUSED: { httpStatus: 422, retryable: false },
  IDEMPOTENCY_KEY_BUSY: { httpStatus: 409, retryable: true },
  PRECONDITION_REQUIRED: { httpStatus: 428, retryable: false },
  PRECONDITION_FAILED: { httpStatus: 412, retryable: false },
  ALERT_NOT_FOUND: { httpStatus: 404, retryable: false },
  ALERT_NOT_RAISED: { httpStatus: 409, retryable: false },
  SCHEDULE_NOT_FOUND: { httpStatus: 404, retryable: false },
  SCHEDULE_EXISTS: { httpStatus: 409, retryable: false },
  SCHEDULE_INVALID: { httpStatus: 422, retryable: false },
  WEBHOOK_NOT_FOUND: { httpStatus: 404, retryable: false },
  WEBHOOK_EXISTS: { httpStatus: 409, retryable: false },
  DELIVERY_NOT_FOUND: { httpStatus: 404, retryable: false },
  PROPOSAL_NOT_FOUND: { httpStatus: 404, retryable: false },
  PROPOSAL_OUTDATED: { httpStatus: 409, retryable: false },
  RATE_LIMITED: { httpStatus: 429, retryable: true },
  METHOD_NOT_ALLOWED: { httpStatus: 405, retryable: false },
  EVENT_CURSOR_GONE: { httpStatus: 410, retryable: false },
  WORKSPACE_NOT_FOUND: { httpStatus: 404, retryable: false },
  WORKSPACE_EXISTS: { httpStatus: 409, retryable: false },
  MEMBER_NOT_FOUND: { httpStatus: 404, retryable: false },
  RECOVERY_NOT_FOUND: { httpStatus: 404, retryable: false },
  LAST_ADMIN: { httpStatus: 409, retryable: false },
} as const;

export type ErrorCode = keyof typeof errorTable;

/** An error meant for people: the message says what is wrong, where, and what to do next. */
export class OrchestraError extends Error {
  override readonly name = 'OrchestraError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
