import type { AgentKey } from '../../domain/agents/agent';
import type { Cell } from '../../domain/learning/cells';
import type { StoredInsight } from '../../domain/learning/insights/relevant';
import type { KnownCell, LearningQuery } from '../../domain/learning/learnings';
import type { ProficiencyStep } from '../../domain/learning/proficiency';

/** `at`: milliseconds since 1970. */
export type PastStep = ProficiencyStep & { at: number };

export interface LearningsReader {
  /** What is known in exactly this scope, of at most 100 agents, of whom most is known, faded to now. At most a minute old. */
  cells(workspace: string, query: LearningQuery): Promise<Cell[]>;
  /** The same with what is expected of the agents there, as routing expects it. */
  known(workspace: string, query: LearningQuery): Promise<KnownCell[]>;
  /** Of the agent in all scopes, of at most 50, those of which something was learnt last; faded to now. */
  ofAgent(workspace: string, agent: AgentKey): Promise<Cell[]>;
  /** Insights on the capability and the type, where these are named, that hold, the surest first, 1,000 at most; also what is only said. At most half a minute old. */
  insights(workspace: string, query: LearningQuery): Promise<readonly StoredInsight[]>;
  /** How outcomes changed what an agent is taken to be good at: the latest 20 steps, latest first. */
  steps(workspace: string, agent: AgentKey): Promise<PastStep[]>;
}
