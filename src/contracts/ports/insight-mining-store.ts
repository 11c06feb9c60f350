import type { Claim, ClaimVerdict } from '../../domain/learning/insights/claims';
import type { Distribution } from '../../domain/learning/insights/distribution';
import type { InsightEffect } from '../../domain/learning/insights/effect';
import type { Insight } from '../../domain/learning/insights/insight';
import type { PastExample } from '../../domain/learning/insights/past-example';

/** A workspace that is to be mined. */
export interface DueWorkspace {
  workspace: string;
  /** How often people had corrected what was learnt in it: by feedback, or by resetting an agent. */
  corrections: number;
  /** How many outcomes had been reported of work done elsewhere. */
  reported: number;
}

/** What is found in the outcomes of one workspace. */
export interface Mining {
  /** Number of outcomes that were looked at. */
  outcomes: number;
  /** How many corrections there were before these were read. */
  corrections: number;
  /** How many reports there were. */
  reported: number;
  /** Older ones are not looked at: nor is it kept any longer which prompts told what. */
  maxAgeMs: number;
  insights: (Insight & { id: string; distribution?: Distribution })[];
  /** Of insights that prompts have told, by id. */
  effects: ReadonlyMap<string, InsightEffect>;
  /** What outcomes say of what is known by hearsay only. */
  claims: readonly ClaimVerdict[];
}

export interface InsightMiningStore {
  /**
   * Workspaces in which, since they were mined last, enough attempts have ended or were reported, whenever these had ended; or people corrected something
   * and some minutes have passed.
   */
  due(): Promise<DueWorkspace[]>;
  /** The latest attempts that say something of their agents, newest first. */
  attempts(workspace: string, window: { limit: number; maxAgeMs: number }): Promise<PastExample[]>;
  /** Insights as they were stored, by id. */
  known(workspace: string, ids: readonly string[]): Promise<(Pick<Insight, 'scope' | 'feature'> & { id: string })[]>;
  /** Gives insights to other workspaces where both want it, and takes back what is not to be given any more. */
  exchange(): Promise<void>;
  /** What is known by hearsay only, and holds still. */
  claims(workspace: string): Promise<Claim[]>;
  /** Keeps what was found, and marks what was not found again as expired, in one transaction. */
  store(workspace: string, mining: Mining): Promise<void>;
}
