import { agentId } from '../domain/agents/agent-ref';
import { othersAt } from './others-at-agents';
import type { DueSession, ForecastStore, NewForecast } from '../contracts/ports/forecast-store';
import type { LoadedPlan, PlanStore } from '../contracts/ports/plan-store';
import type { SessionEvidence, TaskEvidence } from '../domain/prediction/evidence';
import { forecastSession } from '../domain/prediction/forecast-session';
import { fewestSamples, noDurations } from '../domain/prediction/measured-durations';
import type { RunRecord } from '../domain/prediction/restore-state';
import { restoreState } from '../domain/prediction/restore-state';
import { hasEnded } from '../domain/session/state';

export interface ForecastDependencies {
  forecasts: ForecastStore;
  plans: PlanStore;
  /** Says that the activity is alive; throws where it is to end. */
  heartbeat(): void;
}

/** Sessions of one batch: an activity is not to hold up others for long. */
const batch = 20;

/**
 * Forecasts the sessions whose forecast is due, and keeps what comes of it; returns how many. Sessions never wait for it, and what one run of it
 * leaves undone the next one finds.
 */
export async function forecastSessions({ forecasts, plans, heartbeat }: ForecastDependencies): Promise<number> {
  const due = await forecasts.due(batch);
  // One by one: a large session takes some tenths of a second of the processor.
  for (const session of due) {
    heartbeat();
    await forecasts.put([await forecastOne(session, forecasts, plans)]);
  }
  return due.length;
}

async function forecastOne(session: DueSession, store: ForecastStore, plans: PlanStore): Promise<NewForecast> {
  const { workspace, id, turn, now } = session;
  const [plan, records] = await Promise.all([plans.load(workspace, session.planHash), store.runs(workspace, id)]);
  const state = restoreState(plan.index, session, records);
  const evidence = await evidenceOf(session, plan, records, store);
  const { remainingMs, reason } = forecastSession(plan.index, state, evidence, { now, seed: `${id}/${turn}` });
  return { workspace, session: id, at: now, turn, remainingMs, reason };
}

async function evidenceOf(
  { workspace, id, planName, now }: DueSession,
  { index }: LoadedPlan,
  records: readonly RunRecord[],
  store: ForecastStore,
): Promise<SessionEvidence> {
  const { tasks } = index.outline;
  const ended = new Set(records.filter(({ item, ...run }) => item < 0 && hasEnded(run)).map(({ task }) => task));
  const open = tasks.filter(({ name }) => !ended.has(name));
  const asked = open.filter(({ conditional, forEach }) => conditional ?? forEach).map(({ name }) => name);
  const [measured, earlier] = await Promise.all([
    store.measured(
      workspace,
      planName,
      open.map(({ name }) => name),
    ),
    store.earlier(workspace, planName, asked, id),
  ]);
  const known = measured.flatMap((task) => task.agents);
  const agents = [...new Map(known.map((agent) => [agentId(agent), agent])).values()];
  const places = await store.places(workspace, id, agents);
  const shared = places.length === 0 ? {} : await othersAt(places, { workspace, id, now }, store);
  const measuredByTask = new Map(measured.map((one) => [one.task, one]));
  const earlierByTask = new Map(earlier.map((one) => [one.task, one]));
  const evidence = tasks.map(({ name, conditional, forEach }): TaskEvidence => {
    const { durations = noDurations, failures = noDurations, agents: by = [] } = measuredByTask.get(name) ?? {};
    const before = earlierByTask.get(name);
    const registered = places.flatMap((place, at) =>
      by.some((agent) => agentId(agent) === agentId(place)) ? [at] : [],
    );
    return {
      durations,
      failures,
      ...(conditional && before && { conditions: before }),
      ...(forEach && before && { items: before.items }),
      ...(registered.length > 0 && { registered }),
    };
  });
  return {
    tasks: await withAgentRecords(workspace, tasks, evidence, records, store),
    registered: places,
    ...shared,
    begunAt: new Map(
      records.flatMap(({ run, status, begunAt }): [string, number][] =>
        status === 'running' ? [[run, begunAt ?? now]] : [],
      ),
    ),
  };
}

/** Where too little is measured of a task that an agent of a registry is at, what else the agent did has to do. */
async function withAgentRecords(
  workspace: string,
  tasks: LoadedPlan['index']['outline']['tasks'],
  evidence: readonly TaskEvidence[],
  records: readonly RunRecord[],
  store: ForecastStore,
): Promise<TaskEvidence[]> {
  return Promise.all(
    evidence.map(async (task, at) => {
      if (task.durations.count >= fewestSamples) return task;
      const busy = records.find((record) => record.task === tasks[at]?.name && record.agentWorkspace !== null);
      if (!busy?.agent || busy.agentWorkspace === null) return task;
      const durations = await store.durationsOf(workspace, { workspace: busy.agentWorkspace, name: busy.agent });
      return { ...task, durations };
    }),
  );
}
