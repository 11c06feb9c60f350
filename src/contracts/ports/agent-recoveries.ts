import type { AgentDefinition, AgentKey } from '../../domain/agents/agent';
import type { RecoveryAction, RemoteAction } from '../../domain/health/recovery';

/** What is to be done about agents, where they are; each is done at most once. */
export interface AgentRecoveries {
  /**
   * Asks for it; resolves with its id. Throws AGENT_NOT_FOUND, and COMMAND_REFUSED where the agent knows no such thing or was restarted too often lately.
   *
   * @param by who asks
   * @param seed of the request: what is asked for again with it is asked for once
   */
  request(
    agent: AgentKey,
    action: RemoteAction,
    asked: { by: string; why: string | null; seed?: string },
  ): Promise<string>;
  /** Asks for a restart where the workspace lets agents be restarted by themselves, the agent knows how, and none is due too soon; whether it did. */
  requestRestart(agent: AgentKey, why: string): Promise<boolean>;
  /**
   * Tells the receivers of alerts of the agent's workspace that it is not well. Throws AGENT_NOT_FOUND, and COMMAND_REFUSED where they were told of it too
   * often lately.
   *
   * @param by who asks
   * @param seed of the request: who asks again with it has them told once
   */
  alert(agent: AgentKey, asked: { by: string; why: string | null; seed?: string }): Promise<RecoveryEnd>;
  /**
   * Does so where the workspace lets it be done by itself, once for each time that the agent could not be reached any more, and not too often; whether it
   * did.
   */
  alertUnreachable(agent: AgentKey, why: string): Promise<boolean>;
  /** What was asked for in the last minutes at a place; nobody else gets it. */
  take(place: Place, limit: number): Promise<TakenRecovery[]>;
  /** What it came to: an event of the agent. */
  end(taken: TakenRecovery, came: RecoveryEnd): Promise<void>;
  /** Undefined where nobody has asked for it. */
  stateOf(agent: AgentKey, id: string): Promise<RecoveryState | undefined>;
  /** Undefined until it has ended. */
  endOf(agent: AgentKey, id: string): Promise<RecoveryEnd | undefined>;
}

/** A host; or `null`, for agents that live on none. */
export type Place = { workspace: string; host: string } | null;

export interface TakenRecovery {
  agent: AgentKey;
  id: string;
  action: RemoteAction;
  by: string;
  why: string | null;
  definition: AgentDefinition;
}

export interface RecoveryState {
  action: RecoveryAction;
  /** Null until it has ended. */
  end: RecoveryEnd | null;
}

export interface RecoveryEnd {
  succeeded: boolean;
  /** For people: `exit 0`, `HTTP 200`. */
  detail: string;
}
