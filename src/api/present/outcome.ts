import type { z } from 'zod';
import type { StoredOutcome } from '../../contracts/ports/routing-reader';
import type { attemptOutcome } from '../../contracts/schemas/api/task';

/** What an attempt came to; what nobody knows is null. */
export function presentOutcome({ work, handoffs, ...outcome }: StoredOutcome): z.input<typeof attemptOutcome> {
  const { tools = null, filesChanged = null, messages = null } = work ?? {};
  return {
    ...outcome,
    tools: tools && [...tools],
    filesChanged: filesChanged && [...filesChanged],
    messages,
    handoffs,
  };
}
