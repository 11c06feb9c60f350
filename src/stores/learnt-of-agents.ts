import type { AgentDefinition, AgentRecord, Capability } from '../domain/agents/agent';
import { activityKey } from '../domain/learning/belief';
import { declineOf } from '../domain/learning/change';
import type { Decline } from '../domain/learning/change';
import type { KnownRecords } from '../domain/learning/belief';
import { groupBy } from '../domain/learning/insights/units';
import { emptyRecord } from '../domain/learning/record-sums';
import { decayedTo } from '../domain/learning/learned-record';
import type { KnownModels } from '../domain/models/model-candidates';
import { recordOf } from './learned-cells';
import { milliseconds } from './milliseconds';
import type { SumsRow } from './learned-cells';

type Cell = SumsRow & { capability: string; task_type: string; recent: AgentRecord; as_of: number };

/** What was learnt of an agent in its own workspace. */
export interface LearntRow {
  cells: Cell[] | null;
  model_cells: (Cell & { model: string })[] | null;
  /** By capability, where outcomes have changed what was declared. */
  proficiencies: Record<string, number> | null;
}

/** Of an agent; capabilities and types of tasks that it was longest not asked for are not looked at. */
const mostCells = 50;

export const learntColumns = `
  (SELECT json_agg(cell) FROM (
     SELECT capability, task_type, succeeded, failed, log_duration_sum, log_duration_square_sum, cost_count, cost_usd_sum,
            quality_count, quality_sum, recent,
            ${milliseconds('as_of')} AS as_of
     FROM learned_records AS learnt
     WHERE learnt.workspace = agents.workspace AND learnt.agent_workspace = agents.workspace AND learnt.agent = agents.name
     ORDER BY (capability, task_type) = ('', '') DESC, as_of DESC LIMIT ${mostCells}
   ) AS cell) AS cells,
  (SELECT json_agg(cell) FROM (
     SELECT model, capability, task_type, succeeded, failed, log_duration_sum, log_duration_square_sum, cost_count, cost_usd_sum,
            quality_count, quality_sum, recent,
            ${milliseconds('as_of')} AS as_of
     FROM learned_models AS learnt
     WHERE learnt.workspace = agents.workspace AND learnt.agent_workspace = agents.workspace AND learnt.agent = agents.name
     ORDER BY (capability, task_type) = ('', '') DESC, as_of DESC LIMIT ${2 * mostCells}
   ) AS cell) AS model_cells,
  (SELECT json_object_agg(capability, to_proficiency) FROM (
     SELECT DISTINCT ON (capability) capability, to_proficiency FROM capability_steps AS step
     WHERE step.workspace = agents.workspace AND step.agent_workspace = agents.workspace AND step.agent = agents.name
     ORDER BY capability, id DESC
   ) AS latest) AS proficiencies`;

/** As routing sees it: faded to now, in milliseconds since 1970. */
export function learntOf(
  definition: AgentDefinition,
  { cells, model_cells, proficiencies }: LearntRow,
  now: number,
): { capabilities: Capability[]; decline?: Decline } & KnownRecords & KnownModels {
  const capabilities = definition.capabilities.map((capability) => ({
    ...capability,
    proficiency: proficiencies?.[capability.name] ?? capability.proficiency,
  }));
  const ofModels = groupBy(model_cells ?? [], ({ model }) => model);
  return {
    capabilities,
    ...(cells ? recordsOf(cells, now) : { record: emptyRecord }),
    ...(ofModels.size > 0 && {
      modelRecords: new Map([...ofModels].map(([model, ofModel]) => [model, recordsOf(ofModel, now)])),
    }),
  };
}

function recordsOf(
  cells: readonly Cell[],
  now: number,
): Required<Pick<KnownRecords, 'record' | 'records'>> & { decline?: Decline } {
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
  return { record, records, ...(decline && { decline }) };
}
