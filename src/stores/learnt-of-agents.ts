import type { AgentDefinition, AgentRecord, Capability } from '../domain/agents/agent';
import { agentId } from '../domain/agents/agent-ref';
import { activityKey } from '../domain/learning/belief';
import { declineOf } from '../domain/learning/change';
import { fadedHandover } from '../domain/learning/handovers';
import type { HandoverRecords } from '../domain/learning/handovers';
import type { Decline } from '../domain/learning/change';
import type { KnownRecords } from '../domain/learning/belief';
import { groupBy } from '../domain/learning/insights/units';
import { emptyRecord } from '../domain/learning/record-sums';
import { decayedTo } from '../domain/learning/learned-record';
import type { KnownModels } from '../domain/models/model-candidates';
import { moreSums, recordOf } from './learned-cells';
import { milliseconds } from './milliseconds';
import type { SumsRow } from './learned-cells';

type Cell = SumsRow & { capability: string; task_type: string; recent: AgentRecord; as_of: number };

/** What a workspace learnt of an agent. */
export interface LearntRow {
  cells: Cell[] | null;
  model_cells: (Cell & { model: string })[] | null;
  /** By capability, where outcomes have changed what was declared. */
  proficiencies: Record<string, number> | null;
  handovers: { from_workspace: string; from_agent: string; succeeded: number; failed: number; as_of: number }[] | null;
  /** What the agent's own workspace learnt, where that is another and both want it to cross. */
  lent?: Cell[] | null;
}

export const nothingLearnt: LearntRow = { cells: null, model_cells: null, proficiencies: null, handovers: null };

/** Of an agent; capabilities and types of tasks that it was longest not asked for are not looked at. */
const mostCells = 50;

/** Of an agent; those whose results it was longest not given are not looked at. */
const mostHandovers = 50;

/** Of a row of `agents`; `workspace`: that whose knowledge it is, as an expression. */
export const learntColumns = (workspace: string): string => `
  (SELECT json_agg(cell) FROM (
     SELECT capability, task_type, succeeded, failed, log_duration_sum, log_duration_square_sum, ${moreSums}, recent,
            ${milliseconds('as_of')} AS as_of
     FROM learned_records AS learnt
     WHERE learnt.workspace = ${workspace} AND learnt.agent_workspace = agents.workspace AND learnt.agent = agents.name
     ORDER BY (capability, task_type) = ('', '') DESC, as_of DESC LIMIT ${mostCells}
   ) AS cell) AS cells,
  (SELECT json_agg(cell) FROM (
     SELECT model, capability, task_type, succeeded, failed, log_duration_sum, log_duration_square_sum, ${moreSums}, recent,
            ${milliseconds('as_of')} AS as_of
     FROM learned_models AS learnt
     WHERE learnt.workspace = ${workspace} AND learnt.agent_workspace = agents.workspace AND learnt.agent = agents.name
     ORDER BY (capability, task_type) = ('', '') DESC, as_of DESC LIMIT ${2 * mostCells}
   ) AS cell) AS model_cells,
  (SELECT json_object_agg(capability, to_proficiency) FROM (
     SELECT DISTINCT ON (capability) capability, to_proficiency FROM capability_steps AS step
     WHERE step.workspace = ${workspace} AND step.agent_workspace = agents.workspace AND step.agent = agents.name
     ORDER BY capability, id DESC
   ) AS latest) AS proficiencies,
  (SELECT json_agg(handover) FROM (
     SELECT from_workspace, from_agent, succeeded, failed, ${milliseconds('as_of')} AS as_of FROM learned_handovers AS learnt
     WHERE learnt.workspace = ${workspace} AND learnt.agent_workspace = agents.workspace AND learnt.agent = agents.name
     ORDER BY as_of DESC LIMIT ${mostHandovers}
   ) AS handover) AS handovers`;

/** As routing sees it: faded to now, in milliseconds since 1970. */
export function learntOf(
  definition: AgentDefinition,
  { cells, model_cells, proficiencies, handovers, lent }: LearntRow,
  now: number,
): { capabilities: Capability[]; decline?: Decline; handovers?: HandoverRecords } & KnownRecords & KnownModels {
  const capabilities = definition.capabilities.map((capability) => ({
    ...capability,
    proficiency: proficiencies?.[capability.name] ?? capability.proficiency,
  }));
  const ofModels = groupBy(model_cells ?? [], ({ model }) => model);
  return {
    capabilities,
    ...(cells ? recordsOf(cells, now) : { record: emptyRecord }),
    ...(lent && { lent: knownIn(lent, now) }),
    ...(handovers && { handovers: handoversOf(handovers, now) }),
    ...(ofModels.size > 0 && {
      modelRecords: new Map([...ofModels].map(([model, ofModel]) => [model, recordsOf(ofModel, now)])),
    }),
  };
}

function knownIn(cells: readonly Cell[], now: number): KnownRecords {
  const { record, records } = recordsOf(cells, now);
  return { record, records };
}

function handoversOf(handovers: NonNullable<LearntRow['handovers']>, now: number): HandoverRecords {
  return new Map(
    handovers.map(({ from_workspace: workspace, from_agent: name, as_of, ...sums }) => [
      agentId({ workspace, name }),
      fadedHandover(sums, now - as_of),
    ]),
  );
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
