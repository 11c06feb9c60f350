import type { AgentKey } from '../agents/agent';
import type { AttemptPlace, PlaceInputs } from '../learning/learned-place';
import type { AttemptTimeout, TimeoutInputs } from '../learning/learned-timeout';
import type { RunTries, TriesInputs } from '../learning/learned-tries';
import type { DurationEstimate, SuccessPrior } from '../learning/measured';
import type { KnownHandover } from '../learning/handovers';
import type { Decline } from '../learning/change';
import type { ExpectedAttempt } from '../prediction/expected-attempt';
import type { KnownOfAttempt } from '../prediction/known-of-attempt';
import type { ModelChoice, ModelInputs } from '../models/choose-model';
import type { RoutingRequirement } from './routing-requirement';
import type { ScoreParts } from './score';
import type { RoutingSettings } from './settings';
import type { StrategyName, StrategyView } from './strategies';

/** The decision that an agent does an attempt, and why. Plain JSON. */
export interface Assignment {
  kind: 'assigned';
  agent: AgentKey;
  strategy: StrategyName;
  score: number;
  parts: ScoreParts;
  /** 0–1: how far the choice can be trusted. */
  confidence: number;
  /** Where another agent is believed to be better, and this one was tried to learn more of it. */
  explored?: Exploration;
  /** In plain words. */
  reasoning: string;
  estimatedMs: DurationEstimate | null;
  expectedCostUsd: number | null;
  /** Absent where it was not predicted: in what earlier versions have stored. */
  prediction?: ExpectedAttempt;
  /** In plain words; empty when there is none. */
  riskFactors: string[];
  /** At most 3, best first. */
  runnersUp: RunnerUp[];
  /** That the agent is told to use, where it has several. */
  model?: ModelChoice;
  /** How long the attempt may take. */
  timeout?: AttemptTimeout;
  /** How often its run may be tried with the agent, where the plan leaves that open. */
  tries?: RunTries;
  /** Where it runs, of an attempt that could run inside the turn. */
  place?: AttemptPlace;
  /** All that the decision was made from. */
  inputs: AssignmentInputs;
}

export interface Exploration {
  /** The one that is believed to be best. */
  insteadOf: AgentKey;
  /** What was drawn for the agent, 0–1: it may succeed so often. */
  successRate: number;
}

export interface RunnerUp {
  agent: AgentKey;
  score: number;
  parts: ScoreParts;
}

/** Just enough to work out the same assignment again. */
export interface AssignmentInputs extends Omit<RoutingSettings, 'strategy' | 'exploration'> {
  strategy: StrategyName;
  /** Of before there was any, there is none. */
  exploration?: number;
  /** What success rates were drawn by, where the attempt was one that may explore. */
  draw?: string;
  workspace: string;
  requirement: RoutingRequirement;
  /** How many agents meet the requirement, with room or not, and how many of them are excluded. */
  members: number;
  excluded: number;
  /** The best that had room, at most 5. */
  evaluated: CandidateInputs[];
  /** What the attempt was predicted from. */
  known?: KnownOfAttempt;
  /** Of the agent that was chosen. */
  models?: ModelInputs;
  timeout?: TimeoutInputs;
  tries?: TriesInputs;
  place?: PlaceInputs;
}

/** An agent as it was when it was looked at. */
export interface CandidateInputs extends StrategyView {
  agent: AgentKey;
  /** By the task's preferences, see preferences.ts. */
  rank: number;
  specialisation: number;
  /** What is expected of it by what else is known; absent: by the settings alone. */
  prior?: SuccessPrior;
  /** What was given in the same batch included. */
  running: number;
  maxConcurrent: number;
  /** Why its circuit breaker lets only trial attempts through. */
  onTrial?: string;
  decline?: Decline;
  /** How it went on from the agents whose results the attempt is given, as far as it has. */
  handovers?: KnownHandover[];
}

export const maxEvaluated = 5;
export const maxRunnersUp = 3;
