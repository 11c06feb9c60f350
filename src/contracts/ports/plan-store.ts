import type { Plan } from '../../domain/plan/plan';
import type { PlanIndex } from '../../domain/session/outline';

/** A stored plan with what is derived from it. */
export interface LoadedPlan {
  hash: string;
  plan: Plan;
  index: PlanIndex;
}

export interface PlanStore {
  /** Keeps the canonical form of a plan and of its sub-plans. */
  put(workspace: string, plans: { hash: string; name: string; canonical: string }[]): Promise<void>;
  /** Throws PLAN_NOT_FOUND. */
  load(workspace: string, hash: string): Promise<LoadedPlan>;
}
