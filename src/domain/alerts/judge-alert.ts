import { alertMetrics } from './alert-rule';
import type { AlertRule } from './alert-rule';

/** What sweeps, and people, have come to. */
export interface AlertState {
  isRaised: boolean;
  /** Sweeps in a row that speak for a change of that. */
  streak: number;
  /** When it was raised, or told again last, in milliseconds since 1970; null while it is calm. */
  toldAt: number | null;
  /** Somebody sees to it: it is not told again until it has cleared. */
  isAcknowledged: boolean;
}

export const calm: AlertState = { isRaised: false, streak: 0, toldAt: null, isAcknowledged: false };

/** `repeated`: it is raised still. */
export type AlertChange = 'raised' | 'repeated' | 'cleared';

/**
 * Takes in one sweep. What could not be measured speaks neither for nor against it.
 *
 * @param at when the sweep measured, in milliseconds since 1970
 */
export function judgeAlert(
  rule: AlertRule,
  state: AlertState,
  value: number | null,
  at: number,
): { state: AlertState; change: AlertChange | null } {
  if (value === null) return { state, change: null };
  const isAbove = alertMetrics[rule.metric].bad === 'above';
  const isBad = isAbove ? value > rule.raiseAt : value < rule.raiseAt;
  const isGood = isAbove ? value <= rule.clearAt : value >= rule.clearAt;
  const [speaks, needed] = state.isRaised ? [isGood, rule.clearAfter] : [isBad, rule.raiseAfter];
  const streak = speaks ? state.streak + 1 : 0;
  if (streak >= needed) {
    return state.isRaised
      ? { state: calm, change: 'cleared' }
      : { state: { ...calm, isRaised: true, toldAt: at }, change: 'raised' };
  }
  return isDueAgain(rule, state, at)
    ? { state: { ...state, streak, toldAt: at }, change: 'repeated' }
    : { state: { ...state, streak }, change: null };
}

function isDueAgain({ repeatMs }: AlertRule, { isRaised, isAcknowledged, toldAt }: AlertState, at: number): boolean {
  return isRaised && !isAcknowledged && repeatMs !== undefined && toldAt !== null && at - toldAt >= repeatMs;
}
