import type { AgentKey } from '../agents/agent';
import type { Complexity, Task } from '../plan/plan';
import { modelName } from '../usage/prices';
import type { Feedback } from './feedback';
import { successOf } from './feedback';
import type { LearnedOutcome } from './record-sums';
import { kindOfTask } from './task-kind';
import type { TaskKind } from './task-kind';

/** What an attempt came to, as far as it says something of its agent. */
export interface Lesson extends LearnedOutcome {
  agent: AgentKey;
  /** That its task asked for. */
  capability?: string;
  taskType: string;
  /** By `modelName`, where it is known. */
  model?: string;
  /** Where somebody says it. */
  complexity?: Complexity;
  verdict: string;
  /** Milliseconds since 1970. */
  endedAt: number;
}

/** An attempt as it was stored, with the task of the plan that it was made for, where there is one still. */
export interface PastAttempt {
  agent: AgentKey;
  task: string;
  /** Where it was stored with the attempt; else the plan knows it. */
  kind: TaskKind | null;
  verdict: string;
  durationMs: number | null;
  costUsd: number | null;
  /** 0–1, where it was measured. */
  quality?: number | null;
  /** That it was done with, where that is known. */
  model?: string | null;
  /** It came after a failed attempt of the same run. */
  isRetry?: boolean;
  endedAt: number;
  feedback?: Feedback;
}

export function lessonOf(attempt: PastAttempt, task: Task | undefined): Lesson {
  const kind = attempt.kind ?? (task && kindOfTask(attempt.task, task));
  return {
    agent: attempt.agent,
    ...(kind && kind.capability !== '' && { capability: kind.capability }),
    taskType: kind?.taskType ?? attempt.task,
    ...(typeof attempt.model === 'string' && { model: modelName(attempt.model) }),
    ...(kind?.complexity && { complexity: kind.complexity }),
    verdict: attempt.verdict,
    success: successOf(attempt.verdict, attempt.feedback, attempt.quality),
    durationMs: attempt.durationMs,
    costUsd: attempt.costUsd,
    ...(typeof attempt.quality === 'number' && { quality: attempt.quality }),
    ...(attempt.isRetry && { isRetry: true }),
    endedAt: attempt.endedAt,
  };
}
