import type { AgentKey } from '../agents/agent';
import type { Verdict } from '../verdict';

/** What makes attempts alike. */
export interface AttemptFeatures {
  plan: string;
  task: string;
  agent?: AgentKey;
  capability?: string;
  technologies: readonly string[];
}

/** An attempt that has ended, and where to find it. */
export interface PastAttempt extends AttemptFeatures {
  session: string;
  run: string;
  attempt: number;
  verdict: Verdict;
  durationMs: number | null;
  /** Milliseconds since 1970. */
  endedAt: number;
}

export interface SimilarAttempt extends PastAttempt {
  /** Above 0 to 1. */
  similarity: number;
}

/** What each likeness counts, of those that the attempt can have at all; they add up to 1. */
const weights = { task: 0.4, agent: 0.25, capability: 0.2, technologies: 0.15 };

/** The past attempts that are most like one to come, the most alike first, then the latest. */
export function mostSimilar(wanted: AttemptFeatures, past: readonly PastAttempt[], limit: number): SimilarAttempt[] {
  return past
    .map((attempt) => ({ ...attempt, similarity: similarityOf(wanted, attempt) }))
    .filter(({ similarity }) => similarity > 0)
    .sort((left, right) => right.similarity - left.similarity || right.endedAt - left.endedAt)
    .slice(0, limit);
}

/**
 * 0–1: 0.4 for the same task of a plan of the same name, 0.25 for the same agent, 0.2 for the same capability, and 0.15 for the share of the
 * technologies of both that both have; in proportion where the attempt to come has no agent yet, asks for no capability, or for no technologies.
 */
export function similarityOf(wanted: AttemptFeatures, other: AttemptFeatures): number {
  const { agent, capability, technologies } = wanted;
  const parts: [number, number][] = [
    [weights.task, Number(wanted.plan === other.plan && wanted.task === other.task)],
    ...(agent ? [[weights.agent, Number(isSameAgent(agent, other.agent))] as [number, number]] : []),
    ...(capability === undefined
      ? []
      : [[weights.capability, Number(capability === other.capability)] as [number, number]]),
    ...(technologies.length === 0
      ? []
      : [[weights.technologies, sharedOf(technologies, other.technologies)] as [number, number]]),
  ];
  const whole = parts.reduce((sum, [weight]) => sum + weight, 0);
  return parts.reduce((sum, [weight, likeness]) => sum + weight * likeness, 0) / whole;
}

function isSameAgent(agent: AgentKey, other: AgentKey | undefined): boolean {
  return agent.name === other?.name && agent.workspace === other.workspace;
}

function sharedOf(left: readonly string[], right: readonly string[]): number {
  const all = new Set([...left, ...right]);
  const both = [...all].filter((one) => left.includes(one) && right.includes(one));
  return both.length / all.size;
}
