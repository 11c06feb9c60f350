import type { AgentKey } from '../agents/agent';
import type { Verdict } from '../verdict';
import type { Feedback } from './feedback';
import type { ReportedWork } from '../usage/reported-work';
import type { TaskKind } from './task-kind';

/** What work that was done elsewhere came to, outside of any session. */
export interface OutcomeReport {
  /** Of the reporter's: what comes again under it counts once. */
  id: string;
  agent: AgentKey;
  verdict: Verdict;
  kind: TaskKind;
  /** What was done together: attempts of one session are no independent witnesses. Default: each report by itself. */
  session?: string;
  /** Of the task in its session, from 1. */
  attempt: number;
  /** Milliseconds since 1970. */
  endedAt: number;
  durationMs: number | null;
  costUsd: number | null;
  tokens: number | null;
  /** Of the tokens: read and written by the model, and those of the read ones that came from a cache. */
  inputTokens: number | null;
  outputTokens: number | null;
  cachedInputTokens: number | null;
  /** How good what it made is, 0–1, where that was measured. */
  quality: number | null;
  error: string | null;
  model: string | null;
  /** With the agents on whose results it went on. */
  work: (ReportedWork & { collaborators?: readonly string[] }) | null;
  feedback?: Feedback;
}

/** No session of ours can be called so. */
const foreign = '@';

/** The session that the reported attempt is kept under. */
export function sessionOfReport({ id, session }: Pick<OutcomeReport, 'id' | 'session'>): string {
  return `${foreign}${session ?? id}`;
}
