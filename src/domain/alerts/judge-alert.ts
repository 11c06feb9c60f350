import { alertMetrics } from './alert-rule';
import type { AlertRule } from './alert-rule';

/** What sweeps have come to. */
export interface AlertState {
  isRaised: boolean;
  /** Sweeps in a row that speak for a change of that. */
  streak: number;
}

export const calm: AlertState = { isRaised: false, streak: 0 };

export type AlertChange = 'raised' | 'cleared';

/** Takes in one sweep. What could not be measured speaks neither for nor against it. */
export function judgeAlert(
  rule: AlertRule,
  state: AlertState,
  value: number | null,
): { state: AlertState; change: AlertChange | null } {
  if (value === null) return { state, change: null };
  const isAbove = alertMetrics[rule.metric].bad === 'above';
  const isBad = isAbove ? value > rule.raiseAt : value < rule.raiseAt;
  const isGood = isAbove ? value <= rule.clearAt : value >= rule.clearAt;
  const [speaks, needed] = state.isRaised ? [isGood, rule.clearAfter] : [isBad, rule.raiseAfter];
  const streak = speaks ? state.streak + 1 : 0;
  if (streak < needed) return { state: { ...state, streak }, change: null };
  return { state: { isRaised: !state.isRaised, streak: 0 }, change: state.isRaised ? 'cleared' : 'raised' };
}
