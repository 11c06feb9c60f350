import { Heap } from '../routing/heap';
import type { ReadyRuns } from './ready-runs';

/** What other sessions have at agents of registries, and wait for, as it is at the moment of a forecast. Agents are indices into the registered ones. */
export interface OtherSessions {
  /** Attempts in flight; `session` tells sessions apart. */
  running: readonly { session: number; agent: number; elapsedMs: number }[];
  /** Runs in the line, with all agents that would do. */
  waiting: readonly { session: number; agents: readonly number[]; waitedMs: number }[];
  /** By session: runs that it will still want from these agents, one after the other. */
  later: readonly number[];
}

interface OtherRun {
  session: number;
  agents: readonly number[];
  /** That it is with. */
  agent: number;
  /** While it waits: since when; while it runs: until when. */
  at: number;
}

/**
 * The other sessions in one simulated session, as far as they take the places of agents: whoever came first goes first, and each session that is there keeps
 * as many runs going as it has now, until it has none left. Agents are indices into the places of the model.
 */
export class SimulatedOthers {
  private readonly inFlight = new Heap<OtherRun>([], (left, right) => left.at < right.at);
  private waiting: OtherRun[];
  private readonly later: number[];

  constructor(
    { running, waiting, later }: OtherSessions,
    private readonly ready: ReadyRuns,
    private readonly takesMs: (agent: number, elapsedMs: number) => number,
  ) {
    this.later = [...later];
    this.waiting = waiting
      .map(({ session, agents, waitedMs }) => ({ session, agents, agent: -1, at: -waitedMs }))
      .sort((left, right) => left.at - right.at);
    for (const { session, agent, elapsedMs } of running) {
      this.inFlight.push({ session, agents: ready.instead(agent), agent, at: takesMs(agent, elapsedMs) });
    }
  }

  /** When the next of their attempts ends; Infinity where none is in flight. */
  get nextAt(): number {
    return this.inFlight.first?.at ?? Infinity;
  }

  /** Its place is free, and its session wants the next. */
  endNext(): void {
    const ended = this.inFlight.pop();
    if (!ended) return;
    this.ready.giveBack(ended.agent);
    const left = this.later[ended.session] ?? 0;
    if (left <= 0) return;
    this.later[ended.session] = left - 1;
    this.waiting.push(ended);
  }

  /** Those who wait take the places that are free, unless the session itself waits for them for longer. */
  startAll(now: number, isInLine: boolean): void {
    if (this.waiting.length > 0) this.waiting = this.waiting.filter((run) => !this.start(run, now, isInLine));
  }

  private start(run: OtherRun, now: number, isInLine: boolean): boolean {
    const isNext = (agent: number): boolean => !isInLine || run.at <= this.ready.waitingSince(agent);
    const agent = run.agents.find((one) => this.ready.hasRoom(one) && isNext(one));
    if (agent === undefined) return false;
    this.ready.occupy(agent);
    this.inFlight.push({ ...run, agent, at: now + this.takesMs(agent, 0) });
    return true;
  }
}
