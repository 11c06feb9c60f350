import type { AgentKey, AgentRecord } from '../agents/agent';
import { outcomesIn } from '../learning/record-sums';

/** `writer`, and where it is another workspace's `writer of acme`. */
export function agentWords({ workspace, name }: AgentKey, inWorkspace: string): string {
  return workspace === inWorkspace ? name : `${name} of ${workspace}`;
}

export function places({ running, maxConcurrent }: { running: number; maxConcurrent: number }): string {
  return `${running} of ${maxConcurrent}`;
}

/** `1 agent`, `2 agents`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}

/** `18 outcomes`; of those that have faded what they weigh together: `17.6 outcomes`. */
export function outcomesWords(record: AgentRecord): string {
  return count(Math.round(outcomesIn(record) * 10) / 10, 'outcome');
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

export function decimal(value: number): string {
  return value.toFixed(2);
}

export function usd(costUsd: number): string {
  return `$${costUsd.toFixed(costUsd < 1 ? 4 : 2)}`;
}

/** To about three digits; for exact durations there is formatDuration. */
export function aboutDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 120_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  return durationMs < 7_200_000
    ? `${(durationMs / 60_000).toFixed(1)} min`
    : `${(durationMs / 3_600_000).toFixed(1)} h`;
}

/** What those wait for who come after others in line. */
export const itsTurn = 'its turn: others wait for the same agents';
