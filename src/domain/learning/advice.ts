import { agentId } from '../agents/agent-ref';
import { defaultInsightConfidence, InsightKind } from './insights/insight';
import type { StoredInsight } from './insights/relevant';
import type { LearningQuery, Learnings } from './learnings';

/** What an insight says, and how sure it is, 0–100. Parts that stem from agents are quoted. */
export type Hint = Pick<StoredInsight, 'id' | 'kind' | 'says' | 'confidence'>;

/** What outcomes advise for some kind of tasks: of each the five surest, the surest first. */
export interface Advice {
  /** What goes with success. */
  approach: Hint[];
  /** What goes wrong, and what goes with failure. */
  pitfalls: Hint[];
  /** Who does the same for less, and what to set otherwise. */
  tips: Hint[];
  /** With whose results agents do better, or worse. */
  collaboration: Hint[];
}

export type AdvisedLearnings = Learnings & Advice;

const mostHints = 5;

const kindsOf: Readonly<Record<keyof Advice, readonly InsightKind[]>> = {
  approach: [InsightKind.successPattern, InsightKind.discovery],
  pitfalls: [InsightKind.pitfall, InsightKind.failurePattern],
  tips: [InsightKind.optimisation, InsightKind.parameter],
  collaboration: [InsightKind.collaboration],
};

/** What the insights that are sure enough advise for what is asked for. */
export function adviceOf(query: LearningQuery, insights: readonly StoredInsight[]): Advice {
  const found = insights
    .filter((insight) => insight.confidence >= (insight.sureFrom ?? defaultInsightConfidence))
    .filter((insight) => isAbout(insight, query))
    .sort((left, right) => right.confidence - left.confidence);
  const surest = (part: keyof Advice): Hint[] =>
    found
      .filter(({ kind }) => kindsOf[part].includes(kind))
      .slice(0, mostHints)
      .map(({ id, kind, says, confidence }) => ({ id, kind, says, confidence }));
  return {
    approach: surest('approach'),
    pitfalls: surest('pitfalls'),
    tips: surest('tips'),
    collaboration: surest('collaboration'),
  };
}

function isAbout(insight: StoredInsight, query: LearningQuery): boolean {
  const { scope, feature } = insight;
  const { agent, capability, taskType, complexity, technologies } = query;
  // What is so in one plan says nothing of a kind of tasks.
  if (scope.plan !== undefined) return false;
  if (capability !== undefined && scope.capability !== capability) return false;
  if (taskType !== undefined && scope.taskType !== taskType) return false;
  const { complexity: asHard = complexity, technology } = feature;
  if (complexity !== undefined && asHard !== complexity) return false;
  if (technologies.length > 0 && technology !== undefined && !technologies.includes(technology)) return false;
  return agent === undefined || isOfAgent(insight, agentId(agent), query);
}

/** It names the agent, was found to hold for it too, or is of all who do such tasks: where nobody says which, these are all tasks, and that tells nothing. */
function isOfAgent({ scope, feature, distribution }: StoredInsight, agent: string, query: LearningQuery): boolean {
  if (scope.agent === agent || feature['agent'] === agent || feature['from'] === agent) return true;
  if (scope.agent !== undefined) {
    return distribution?.receivers.some((one) => one.agent === agent && one.verdict === 'holds') ?? false;
  }
  const isOfKind = query.capability !== undefined || query.taskType !== undefined;
  return isOfKind && feature['agent'] === undefined;
}
