import type { AgentBehaviours } from '../../contracts/ports/agent-behaviours';
import type { HealthStore } from '../../contracts/ports/health-store';
import type { AlertChangeEvent } from '../../domain/alerts/alert-event';
import type { AlertChange } from '../../domain/alerts/judge-alert';
import type { AlertFacts } from '../../domain/alerts/measure-alert';
import { isStated, isUnreachable } from '../../domain/health/measurements';
import type { Measurements } from '../../domain/health/measurements';
import type { AgentKey } from '../../domain/agents/agent';
import type { AgentEvent } from '../../domain/health/agent-event';
import type { HealthEvent, HealthReport } from '../../domain/health/report';
import type { HealthStatus } from '../../domain/health/status';
import type { SweepPast } from '../../domain/health/sweep';
import { predictedMetrics, sweep } from '../../domain/health/sweep';
import { alertFactsOf } from '../alerts/alert-facts';
import { measureSystem, measureWork } from './measure';
import type { MeasureDependencies } from './measure';

export interface HealthDependencies extends MeasureDependencies {
  store: HealthStore;
  behaviours: Pick<AgentBehaviours, 'observe'>;
  /** The one of the worker, which is looked at from the first sweep on. */
  workspace: string;
  /** Hears, once, when an agent becomes unlike its past, or like it again. */
  tellOfAgent(agent: AgentKey, event: AgentEvent): void;
  /** Hears, once, of what changed. */
  tell(
    workspace: string,
    event: Pick<HealthEvent, 'to' | 'message'> & { type: HealthEvent['type'] | `alert-${AlertChange}` },
  ): void;
  /** Judges the alerts of a workspace by the sweep, and resolves with what changed. */
  judgeAlerts(workspace: string, sweep: { id: string; at: number }, facts: AlertFacts): Promise<AlertChangeEvent[]>;
  /** Sends what receivers of alerts are still to hear. */
  deliverAlerts(): Promise<unknown>;
}

const hourMs = 3_600_000;

/** Looks at everything once. Without PostgreSQL nothing can be stored: then the status is all that there is. */
export async function checkSystem(dependencies: HealthDependencies, id: string): Promise<Record<string, HealthStatus>> {
  const { store, workspace: own, tell } = dependencies;
  const system = await measureSystem(dependencies);
  if (isUnreachable(system.database)) return { [own]: 'critical' };
  await observeAgents(dependencies);
  const statuses: Record<string, HealthStatus> = {};
  for (const workspace of new Set([own, ...(await store.workspaces())])) {
    const measured = { ...system, work: await measureWork(dependencies, workspace) };
    const result = await store.record(workspace, { id, at: system.at }, predictedOf(measured), (past) =>
      sweep(measured, past),
    );
    result?.events.forEach((event) => tell(workspace, event));
    const report = result?.report ?? (await store.report(workspace));
    if (!report) continue;
    statuses[workspace] = report.status;
    const facts = alertFactsOf(measured, report.score.total);
    const alerts = await dependencies.judgeAlerts(workspace, { id, at: system.at }, facts);
    for (const { type, message } of alerts) tell(workspace, { type: `alert-${type}` as const, to: type, message });
  }
  await dependencies.deliverAlerts();
  return statuses;
}

/** Agents that one transaction takes in; and how many of them a sweep does at most: the next goes on where it stopped. */
const [agentsAtOnce, mostTimes] = [100, 50];

/** What cannot be taken in now will be by the next sweep. */
async function observeAgents({ behaviours, tellOfAgent }: HealthDependencies): Promise<void> {
  for (let time = 0; time < mostTimes; time++) {
    const observed = await behaviours.observe(agentsAtOnce).catch(() => undefined);
    observed?.changed.forEach(({ agent, event }) => tellOfAgent(agent, event));
    if (!observed?.again) return;
  }
}

const nothingBefore: SweepPast = { report: undefined, detectors: {}, ended: 0, failed: 0, history: {} };

/** The same without storing it, for who asks while no worker does: what takes a past to see is not seen. */
export async function inspectSystem(dependencies: MeasureDependencies, workspace: string): Promise<HealthReport> {
  const system = await measureSystem(dependencies);
  const work = isUnreachable(system.database) ? null : await measureWork(dependencies, workspace);
  return sweep({ ...system, work }, nothingBefore).report;
}

/** How far back each prediction looks: a queue changes within minutes. */
function predictedOf({ disk, work }: Measurements): Record<string, number> {
  return {
    [disk && isStated(disk) ? predictedMetrics.database : predictedMetrics.disk]: 24 * hourMs,
    [predictedMetrics.queue]: hourMs,
    ...Object.fromEntries(
      (work?.budgets ?? []).map(({ account, unit }) => [predictedMetrics.budget(account, unit), 24 * hourMs]),
    ),
  };
}
