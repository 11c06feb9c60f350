import type { Logger } from 'pino';
import type { LogEntry, StoredTurn, TurnStore, TurnTransaction, TurnWrites } from '../contracts/ports/turn-store';
import type { TurnRequest } from '../contracts/protocol/activities';
import type { TypeOfAgent } from './agent-types';
import type { WorkMetrics } from './metrics';

type Work = (turn: TurnTransaction) => Promise<TurnWrites>;

export interface TurnObservation {
  metrics: WorkMetrics;
  log: Logger;
  typeOf: TypeOfAgent;
}

/** Attempts that ended are of the type that they were started with, of so many at most: a run may have another agent by then. */
const startedTypes = 50_000;

/** In place of a type: a child session is no agent. */
const childSession = '';

/** Turns, whose first commits are counted: what they gave to agents, and what came to its end. A repeat changes nothing, and counts nothing. */
export function observeTurns(turns: TurnStore, observation: TurnObservation): TurnStore {
  const types = new Map<string, string>();
  const observed = async <Stored extends StoredTurn | undefined>(
    { workspace, session, runId, turn: number }: TurnRequest,
    work: Work,
    take: (work: Work) => Promise<Stored>,
  ): Promise<Stored> => {
    const startedAt = performance.now();
    let writes: TurnWrites | undefined;
    const stored = await take(async (turn) => (writes = await work(turn)));
    // Written by somebody else, perhaps while it was worked out here in vain.
    if (!stored || writes?.turn !== stored.turn) return stored;
    observation.metrics.turnDuration.observe((performance.now() - startedAt) / 1_000);
    const log = observation.log.child({ workspace, session });
    log.debug({ runId, turn: number, accepted: writes.turn.accepted.length }, 'Turn committed');
    const counted = new ObservedTurn({ ...observation, log }, types, stored.session, writes).count();
    await counted.catch((error: unknown) => log.warn({ err: error }, 'A turn could not be counted'));
    return stored;
  };
  return {
    ...turns,
    inTurn: (request, work, ground) => observed(request, work, (worked) => turns.inTurn(request, worked, ground)),
    inFirstTurn: (session, request, work) =>
      observed(request, work, (worked) => turns.inFirstTurn(session, request, worked)),
  };
}

class ObservedTurn {
  private readonly rows: ReadonlyMap<string, TurnWrites['runs'][number]>;

  constructor(
    private readonly observation: TurnObservation,
    private readonly types: Map<string, string>,
    private readonly session: StoredTurn['session'],
    private readonly writes: TurnWrites,
  ) {
    this.rows = new Map(writes.runs.map((row) => [row.run, row]));
  }

  async count(): Promise<void> {
    for (const entry of this.writes.log) await this.countOne(entry);
  }

  private async countOne(entry: LogEntry): Promise<void> {
    const { metrics, log } = this.observation;
    switch (entry.type) {
      case 'session-started':
        metrics.sessionsStarted.inc();
        return log.info({ plan: this.session.planName }, 'Session started');
      case 'session-ended':
        return this.sessionEnded(entry);
      case 'attempt-started':
        return this.attemptStarted(entry);
      case 'attempt-ended':
        return this.attemptEnded(entry);
      case 'task-succeeded':
        return this.taskEnded('succeeded', entry);
      case 'task-failed':
        return this.taskEnded('failed', entry);
      case 'task-skipped':
        return this.taskEnded('skipped', entry);
      case 'task-cancelled':
        return this.taskEnded('cancelled', entry);
      default:
    }
  }

  private sessionEnded({ at, data }: LogEntry): void {
    const { metrics, log } = this.observation;
    const { status } = data as { status: string };
    metrics.sessionsEnded.inc({ status });
    const startedAt = this.writes.end?.state.startedAt;
    if (startedAt !== undefined) metrics.sessionDuration.observe({ status }, (at - startedAt) / 1_000);
    log.info({ plan: this.session.planName, status }, 'Session ended');
  }

  private async attemptStarted({ at, run = '', attempt = 0, data }: LogEntry): Promise<void> {
    const { metrics, typeOf, log } = this.observation;
    const { agent } = data as { agent: string };
    const planHash = this.writes.plan?.hash ?? this.session.planHash;
    const row = this.rows.get(run);
    if (row?.agent === null) {
      this.remember(run, attempt, childSession);
      return;
    }
    const type = metrics.typeLabel(await typeOf({ ...this.session, planHash }, agent));
    this.remember(run, attempt, type);
    metrics.tasksDistributed.inc({ agent_type: type });
    if (attempt === 1 && row && row.queuedAt !== null)
      metrics.distributionDuration.observe({ agent_type: type }, Math.max(0, at - row.queuedAt) / 1_000);
    log.debug({ task: run, attempt, agent }, 'Attempt given to agent');
  }

  private remember(run: string, attempt: number, type: string): void {
    this.types.set(this.keyOf(run, attempt), type);
    if (this.types.size <= startedTypes) return;
    const [oldest] = this.types.keys();
    if (oldest !== undefined) this.types.delete(oldest);
  }

  private attemptEnded({ run = '', attempt = 0, data }: LogEntry): void {
    const { metrics, log } = this.observation;
    const { verdict } = data as { verdict: string };
    const type = this.types.get(this.keyOf(run, attempt));
    this.types.delete(this.keyOf(run, attempt));
    if (type === childSession) return;
    // Started by another worker, which has not said to whom.
    metrics.latest.add(verdict);
    metrics.agentTasks.inc({ agent_type: type ?? 'unknown', verdict });
    log.debug({ task: run, attempt, verdict }, 'Attempt ended');
  }

  private taskEnded(status: string, { at, run = '' }: LogEntry): void {
    const { metrics } = this.observation;
    metrics.tasksEnded.inc({ status });
    const row = this.rows.get(run);
    if (row && row.startedAt !== null)
      metrics.taskDuration.observe({ status }, Math.max(0, at - row.startedAt) / 1_000);
  }

  private keyOf(run: string, attempt: number): string {
    return JSON.stringify([this.session.workspace, this.session.id, run, attempt]);
  }
}
