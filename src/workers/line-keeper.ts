import type { AgentDirectory } from '../contracts/ports/agent-directory';
import type { GrantedTurn, WaitingLineStore } from '../contracts/ports/waiting-line-store';
import { eventIds } from '../contracts/protocol/ids';
import { agentRef } from '../domain/agents/agent-ref';
import type { SessionEvent } from '../domain/session/events';
import { bySession } from '../domain/by-session';
import { explainLine } from './explain-line';
import { grantRoom } from './grant-room';
import { lookWhenWoken } from './look-when-woken';
import type { WokenLook } from './look-when-woken';

export interface LineKeeperDependencies {
  store: WaitingLineStore;
  directory: AgentDirectory;
  /** Signals the session; false where its workflow is not open. */
  signal(workspace: string, session: string, events: SessionEvent[]): Promise<boolean>;
  onError(error: unknown): void;
}

/** What runs in line say they wait for is looked at again no sooner. */
const explainedForMs = 1_000;

/** After another process was at it, or rooms were locked for a moment. */
const againMs = 20;

/**
 * Gives out the room of agents as it is made, woken by what PostgreSQL tells, somebody joined the line or room was made, and when a window opens in which agents may start again. `recheckMs`: it looks by itself after so long, in case that it was
 * not told.
 */
export function startLineKeeper(
  { store, directory, signal, onError }: LineKeeperDependencies,
  { recheckMs }: { recheckMs: number },
): WokenLook {
  const told = new Set<string>();
  let explainAt = 0;
  const explain = async (): Promise<void> => {
    if (performance.now() < explainAt) return;
    explainAt = performance.now() + explainedForMs;
    await explainLine(store, directory, told);
  };
  return lookWhenWoken(async () => {
    const { turns, again, windowOpensInMs } = await grantRoom(store, directory);
    // Best effort: the backstop repeats what is not taken in.
    for (const group of bySession(turns)) {
      const [{ workspace, session }] = group;
      signal(workspace, session, group.map(grantedEvent)).catch(onError);
    }
    await explain().catch(onError);
    return again ? againMs : Math.min(recheckMs, windowOpensInMs);
  }, onError);
}

/** What the session is told of its turn in the line. */
export function grantedEvent({ workspace, run, attempt, agent, token, isRemote, tries }: GrantedTurn): SessionEvent {
  return {
    id: eventIds.agentGranted(run, token),
    type: 'agent-granted',
    run,
    attempt,
    agent: agentRef(agent, workspace),
    token,
    ...(isRemote && { remote: true }),
    ...(tries !== null && { tries }),
  };
}
