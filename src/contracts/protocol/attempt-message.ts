import type { AttemptWork } from '../ports/connector';
import type { JsonObject } from '../../domain/json';

/** What an agent is told of its attempt, on stdin or as the body of a request. Programs of other people read it: only ever add to it. */
export function attemptMessage(request: AttemptWork): JsonObject {
  return {
    workspace: request.workspace,
    session: request.session,
    task: request.task,
    attempt: request.attempt,
    idempotencyKey: request.idempotencyKey,
    ...(request.instructions !== null && { instructions: request.instructions }),
    ...(request.model !== undefined && { model: request.model }),
    prompt: request.prompt,
    input: request.input,
    context: request.context,
  };
}
