import { amountWords } from '../health/words';
import { alertMetrics } from './alert-rule';
import type { AlertRule } from './alert-rule';
import type { AlertChange } from './judge-alert';

/** Something that receivers hear of. */
export interface AlertEvent {
  /** The same for every receiver, and however often it is sent. */
  id: string;
  /** `agent`: nothing was measured; somebody, or a setting, says that an agent is not well. */
  type: AlertChange | 'acknowledged' | 'tested' | 'agent';
  /** Of the rule; empty where it is of none. */
  alert: string;
  /** Of the type `agent`: which one; null of others. */
  agent?: string | null;
  /** Milliseconds since 1970. */
  at: number;
  message: string;
  /** The rule as it was, and what was measured; null where it is of none, the latter also where it was acknowledged. */
  rule: AlertRule | null;
  value: number | null;
}

export type AlertChangeEvent = AlertEvent & { type: AlertChange };

/** `slow is raised: the cost of a day of writer is $12.00, above $10.00.` */
export function alertWords(rule: AlertRule, change: AlertChange, value: number): string {
  const { words, unit, bad } = alertMetrics[rule.metric];
  const whose = rule.agent === null ? '' : ` of ${rule.agent}`;
  const measured = `the ${words}${whose} is ${amountWords(unit, value)}`;
  const limit = amountWords(unit, change === 'raised' ? rule.raiseAt : rule.clearAt);
  if (change === 'repeated') return `${rule.name} is still raised: ${measured}, and it clears at ${limit}.`;
  const side = change === 'raised' ? bad : bad === 'above' ? 'not above' : 'not below';
  return `${rule.name} is ${change}: ${measured}, ${side} ${limit}.`;
}

/** `slow is acknowledged by ada: the disk is being replaced.` */
export function acknowledgedWords(alert: string, by: string, note: string | undefined): string {
  return `${alert} is acknowledged by ${by}${note === undefined ? '' : `: ${note}`}.`;
}

/** `Somebody is to look at writer: it hangs (ada).` */
export function agentAlertWords(agent: string, by: string, why: string | null): string {
  return `Somebody is to look at ${agent}${why === null ? '' : `: ${why}`} (${by}).`;
}

/** What is sent of it. */
export function alertPayload(workspace: string, { type, at, alert, agent, message, rule, value }: AlertEvent): object {
  return {
    type: `alert.${type}`,
    timestamp: new Date(at).toISOString(),
    data: {
      workspace,
      alert,
      message,
      ...(typeof agent === 'string' && { agent }),
      ...(rule && {
        metric: rule.metric,
        agent: rule.agent,
        unit: alertMetrics[rule.metric].unit,
        raiseAt: rule.raiseAt,
        clearAt: rule.clearAt,
        value,
      }),
    },
  };
}
