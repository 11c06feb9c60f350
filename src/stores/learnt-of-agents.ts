import type { AgentDefinition, AgentRecord, Capability } from '../domain/agents/agent';
import { activityKey } from '../domain/learning/belief';
import { declineOf } from '../domain/learning/change';
import type { Decline } from '../domain/learning/change';
import { emptyRecord } from '../domain/learning/record-sums';
import { decayedTo } from '../domain/learning/learned-record';
import { recordOf } from './learned-cells';
import { milliseconds } from './milliseconds';
import type { SumsRow } from './learned-cells';

/** What was learnt of an agent in its own workspace. */
export interface LearntRow {
  cells: (SumsRow & { capability: string; task_type: string; recent: AgentRecord; as_of: number })[] | null;
  /** By capability, where outcomes have changed what was declared. */
  proficiencies: Record<string, number> | null;
}

/** Of an agent; capabilities and types of tasks that it was longest not asked for are not looked at. */
const mostCells = 50;

export const learntColumns = `
  (SELECT json_agg(cell) FROM (
     SELECT capability, task_type, succeeded, failed, log_duration_sum, log_duration_square_sum, cost_count, cost_usd_sum, recent,
            ${milliseconds('as_of')} AS as_of
     FROM learned_records AS learnt
     WHERE learnt.workspace = agents.workspace AND learnt.agent_workspace = agents.workspace AND learnt.agent = agents.name
     ORDER BY (capability, task_type) = ('', '') DESC, as_of DESC LIMIT ${mostCells}
   ) AS cell) AS cells,
  (SELECT json_object_agg(capability, to_proficiency) FROM (
     SELECT DISTINCT ON (capability) capability, to_proficiency FROM capability_steps AS step
     WHERE step.workspace = agents.workspace AND step.agent_workspace = agents.workspace AND step.agent = agents.name
     ORDER BY capability, id DESC
   ) AS latest) AS proficiencies`;

/** As routing sees it: faded to now, in milliseconds since 1970. */
export function learntOf(
  definition: AgentDefinition,
  { cells, proficiencies }: LearntRow,
  now: number,
): { capabilities: Capability[]; record: AgentRecord; records?: ReadonlyMap<string, AgentRecord>; decline?: Decline } {
  const capabilities = definition.capabilities.map((capability) => ({
    ...capability,
    proficiency: proficiencies?.[capability.name] ?? capability.proficiency,
  }));
  if (!cells) return { capabilities, record: emptyRecord };
  const faded = new Map(
    cells.map((cell) => [
      activityKey({ capability: cell.capability, taskType: cell.task_type }),
      decayedTo({ record: recordOf(cell), recent: cell.recent, asOf: cell.as_of }, now),
    ]),
  );
  const ofAll = faded.get(activityKey({}));
  faded.delete(activityKey({}));
  const { record = emptyRecord } = ofAll ?? {};
  const records = new Map([...faded].map(([activity, learnt]) => [activity, learnt.record]));
  const decline = ofAll && declineOf(ofAll);
  return { capabilities, record, records, ...(decline && { decline }) };
}
