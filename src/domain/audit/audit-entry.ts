/**
 * `begun`: somebody who may is about to do it. `succeeded`, `failed`, `denied`: what it came to; where it refers to no beginning, it was refused
 * before. One that has begun and come to nothing was cut off: its process died, and it may have been done.
 */
export const auditOutcomes = ['begun', 'succeeded', 'failed', 'denied'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

/** Who did what, where, and why. What is unknown is absent. No inputs, outputs or secrets: names and ids only. */
export interface AuditAction {
  /** `token:ci/0f1e2d3c4b5a`, `jwt:ada`, `agent:writer`, `cli:ada@laptop`; `nobody` without a valid token. */
  actor: string;
  role?: string;
  /** An operation of the API, or a command: `POST /v1/sessions`, `agents remove`. */
  action: string;
  /** What it is about, by the names of the path or of the arguments. */
  target: Readonly<Record<string, string>>;
  outcome: AuditOutcome;
  /** In the words of who did it. */
  reason?: string;
  /** Of the request, as in problems and logs. */
  requestId?: string;
  via: 'api' | 'cli';
  /** Where the request came from: an IP address, or a machine. */
  source?: string;
  /** The number of the entry that says that it has begun. */
  of?: number;
  /** Of the error that it came to. */
  code?: string;
  /** So many alike, of which only this one is written. */
  count?: number;
}

/** An entry as it is kept. */
export interface AuditEntry extends AuditAction {
  workspace: string;
  /** From 1, without gaps, in each workspace. */
  seq: number;
  /** Milliseconds since 1970, by the clock of the process. */
  at: number;
}
