import { OrchestraError } from '../errors';

interface NamedAttempt {
  session: string;
  task: string;
  attempt: number;
}

const nameOf = ({ session, task, attempt }: NamedAttempt): string =>
  `attempt ${attempt} of task "${task}" in session "${session}"`;

export function attemptNotFound(attempt: NamedAttempt): OrchestraError {
  return new OrchestraError(
    'ATTEMPT_NOT_FOUND',
    `This agent has no ${nameOf(attempt)}. Report attempts as they came with the claim: workspace, session, task and attempt.`,
  );
}

/** It is somebody else's by now, or nobody's. */
export function attemptSuperseded(attempt: NamedAttempt): OrchestraError {
  return new OrchestraError(
    'ATTEMPT_SUPERSEDED',
    `This agent does not hold ${nameOf(attempt)} any more: it was given up, stopped, or never claimed under this token. Its result is not taken; stop working on it.`,
  );
}
