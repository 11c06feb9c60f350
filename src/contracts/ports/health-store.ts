import type { DatabaseMeasurement, ProcessReport, WorkMeasurement } from '../../domain/health/measurements';
import type { HealthEvent, HealthReport } from '../../domain/health/report';
import type { SweepPast, SweepResult } from '../../domain/health/sweep';

/** What health is measured by in PostgreSQL, and where it is kept. */
export interface HealthStore {
  /** Those with an open session, and those that were swept before. */
  workspaces(): Promise<string[]>;
  measureDatabase(): Promise<DatabaseMeasurement>;
  /** What processes have said of themselves in the last minute. */
  processes(): Promise<ProcessReport[]>;
  /** Takes the place of what the process said before. */
  reportProcess(workspace: string, report: ProcessReport): Promise<void>;
  measureWork(workspace: string): Promise<WorkMeasurement>;
  /**
   * Stores what the sweep comes to, given the past, in one transaction; one sweep at a time for a workspace. One that is stored already, or older than
   * the one that is, changes nothing: undefined.
   *
   * @param sweep its id, and when it measured, in milliseconds since 1970
   * @param predicted metrics whose history is wanted, with how far back, in milliseconds
   */
  record(
    workspace: string,
    sweep: { id: string; at: number },
    predicted: Readonly<Record<string, number>>,
    work: (past: SweepPast) => SweepResult,
  ): Promise<SweepResult | undefined>;
  /** Of the latest sweep. */
  report(workspace: string): Promise<HealthReport | undefined>;
  /** The latest first. */
  events(workspace: string, limit: number, after?: readonly [nr: number]): Promise<NotedHealthEvent[]>;
}

export interface NotedHealthEvent extends HealthEvent {
  /** Higher for what came later. */
  nr: number;
  /** Milliseconds since 1970. */
  at: number;
}
