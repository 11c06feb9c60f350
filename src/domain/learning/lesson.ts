import type { AgentKey } from '../agents/agent';
import type { Task } from '../plan/plan';
import type { Feedback } from './feedback';
import { successOf } from './feedback';

/** What an attempt came to, as far as it says something of its agent. */
export interface Lesson {
  agent: AgentKey;
  /** That its task asked for. */
  capability?: string;
  taskType: string;
  verdict: string;
  /** 0–1; a verdict is 0 or 1, and what people say of it may be in between. */
  success: number;
  durationMs: number | null;
  /** Milliseconds since 1970. */
  endedAt: number;
}

/** An attempt as it was stored, with the task of the plan that it was made for, where there is one still. */
export interface PastAttempt {
  agent: AgentKey;
  task: string;
  verdict: string;
  durationMs: number | null;
  endedAt: number;
  feedback?: Feedback;
}

export function lessonOf(attempt: PastAttempt, task: Task | undefined): Lesson {
  const choice = task?.work.kind === 'agent' ? task.work.agent : undefined;
  const capability = choice && 'capability' in choice ? choice.capability : undefined;
  return {
    agent: attempt.agent,
    ...(capability !== undefined && { capability }),
    taskType: task?.type ?? attempt.task,
    verdict: attempt.verdict,
    success: successOf(attempt.verdict, attempt.feedback),
    durationMs: attempt.durationMs,
    endedAt: attempt.endedAt,
  };
}
