import type { BegunAttempt } from '../../contracts/ports/attempt-store';
import type { AttemptWork } from '../../contracts/ports/connector';
import type { InsightReader } from '../../contracts/ports/insight-reader';
import type { RunTaskInput } from '../../contracts/protocol/activities';
import { exampleAgent } from '../../domain/learning/insights/example';
import { kindOfTask } from '../../domain/learning/task-kind';
import { promptWithInsights, relevantInsights } from '../../domain/learning/insights/relevant';
import { splitRunKey } from '../../domain/session/run-key';
import type { PreparedWork } from './attempt-request';

/** The work with what earlier attempts of such tasks showed after its prompt, which is noted for it. A plan can say that it wants none. */
export async function tellInsights(
  reader: InsightReader,
  input: RunTaskInput,
  { planName, agent, agentWorkspace }: BegunAttempt,
  { task, work, inputBytes }: Pick<PreparedWork, 'task' | 'work' | 'inputBytes'>,
): Promise<AttemptWork> {
  if (work.prompt === null || task.insights === false) return work;
  const held = await reader.holding(input.workspace);
  if (held.length === 0) return work;
  const { prompt, applied } = promptWithInsights(
    work.prompt,
    relevantInsights(held, {
      ...kindOfTask(splitRunKey(input.run).name, task, work.input),
      session: input.session,
      run: input.run,
      agent: exampleAgent(
        { ...(agentWorkspace !== undefined && { workspace: agentWorkspace }), name: agent },
        planName,
      ),
      plan: planName,
      inputBytes: () => inputBytes,
    }),
  );
  if (applied.length === 0) return work;
  await reader.apply(
    input,
    applied.map(({ id }) => id),
  );
  return { ...work, prompt };
}
