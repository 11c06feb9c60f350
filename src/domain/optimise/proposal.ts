import type { AgentKey } from '../agents/agent';
import { canonicalJson } from '../canonical-json';
import type { ModelOption } from '../models/model-option';
import type { AttemptLink } from '../learning/insights/insight';

/** What a proposal is about. */
export const ProposalKind = {
  weights: 'weights',
  exploration: 'exploration',
  capacity: 'capacity',
  timeout: 'timeout',
  retries: 'retries',
  move: 'move',
  model: 'model',
  lateFailure: 'late_failure',
} as const;
export type ProposalKind = (typeof ProposalKind)[keyof typeof ProposalKind];

/** Values that are changed, and what they are now; null: the default. */
export type Change =
  | { of: 'settings'; before: Readonly<Record<string, Value | null>>; after: Readonly<Record<string, Value>> }
  | { of: 'agent'; agent: AgentKey; before: { maxConcurrent: number }; after: { maxConcurrent: number } }
  | { of: 'models'; agent: AgentKey; before: readonly ModelOption[]; after: readonly ModelOption[] };

type Value = number | string;

/** A gain, with the interval that it is in with 95%. */
export interface Effect {
  /** Of what it is a gain: `success rate of an assignment`. */
  what: string;
  unit: 'share' | 'usd' | 'ms';
  estimate: number;
  low: number;
  high: number;
}

/** A change that outcomes speak for. */
export interface Proposal {
  kind: ProposalKind;
  /** In plain words, with its numbers. */
  says: string;
  /** Null where it is in a plan file, which is its owner's to change. */
  change: Change | null;
  /** What to do, in words, where nothing can be applied. */
  advice: string | null;
  evidence: { sessions: number; attempts: number };
  effect: Effect;
  /** The newest attempts that show it. */
  links: AttemptLink[];
}

/** A proposal that was looked at, with how likely the data would be if there were nothing to gain. */
export interface Candidate {
  p: number;
  proposal: Proposal;
}

/** Equal for what is proposed again from the same values, whatever the numbers say by then. */
export function proposalKey({ kind, change, advice }: Proposal): string {
  if (!change) return canonicalJson([kind, advice]);
  if (change.of === 'models') {
    const { agent } = change;
    const [before, after] = [change.before, change.after].map((models) => models.map(({ name }) => name));
    return canonicalJson([kind, [agent.workspace, agent.name], before ?? [], after ?? []]);
  }
  const { before, after } = change;
  const whose = change.of === 'settings' ? [] : [change.agent.workspace, change.agent.name];
  return canonicalJson([kind, whose, { ...before }, { ...after }]);
}
