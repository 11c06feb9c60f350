import type { AgentKey } from '../agents/agent';
import { agentId } from '../agents/agent-ref';
import { smoothedSuccessRate } from './measured';
import type { SuccessPrior } from './measured';

/** How attempts of an agent came out that went on from the results of another: sums that fade. */
export interface HandoverRecord {
  succeeded: number;
  failed: number;
}

/** By `agentId` of whose results they were. */
export type HandoverRecords = ReadonlyMap<string, HandoverRecord>;

export interface KnownHandover extends HandoverRecord {
  from: AgentKey;
}

/** What is known of those that the results are from. */
export function knownHandovers(records: HandoverRecords | undefined, givers: readonly AgentKey[]): KnownHandover[] {
  return givers.flatMap((from) => {
    const record = records?.get(agentId(from));
    return record ? [{ from, ...record }] : [];
  });
}

/**
 * 0–1: how often its attempts are expected to succeed that go on from these agents, each counted alike. Before that is known of one, it is what the agent
 * comes to at all, so that nobody gains or loses by being new to another.
 */
export function handoverRate(known: readonly KnownHandover[], givers: number, expected: SuccessPrior): number {
  if (givers === 0) return expected.mean;
  const rates = known.map((one) => smoothedSuccessRate({ ...none, ...one }, expected));
  const unknown = givers - rates.length;
  return (rates.reduce((sum, rate) => sum + rate, 0) + unknown * expected.mean) / givers;
}

const none = { logDurationSum: 0, logDurationSquareSum: 0 };

const halfLifeMs = 30 * 86_400_000;

/** What is left of it after so long. */
export function fadedHandover({ succeeded, failed }: HandoverRecord, ageMs: number): HandoverRecord {
  const left = 0.5 ** (Math.max(0, ageMs) / halfLifeMs);
  return { succeeded: succeeded * left, failed: failed * left };
}
