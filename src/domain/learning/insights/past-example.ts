import type { Task } from '../../plan/plan';
import { Verdict } from '../../verdict';
import type { Feedback } from '../feedback';
import { successOf } from '../feedback';
import type { Handoff } from '../handoff';
import { errorClass } from './error-class';
import { exampleAgent } from './example';
import type { Example } from './example';
import { kindOfTask } from '../task-kind';
import type { OutcomeReport } from '../outcome-report';
import type { TaskKind } from '../task-kind';

/** An attempt as it was stored. */
export interface PastExample {
  session: string;
  run: string;
  attempt: number;
  /** Null for an agent that the plan brings along. */
  agentWorkspace: string | null;
  agent: string;
  planName: string;
  planHash: string | null;
  task: string;
  /** Of what was reported from elsewhere, where no plan knows it, and of tasks whose complexity is stated. */
  kind: TaskKind | null;
  verdict: string;
  error: string | null;
  startedAt: number | null;
  endedAt: number;
  durationMs: number | null;
  costUsd: number | null;
  tokens: number | null;
  model: string | null;
  work: OutcomeReport['work'];
  /** Whose results it was given; null or absent where nobody knows. */
  handoffs?: readonly Handoff[] | null;
  inputBytes: number | null;
  sessionStartedAt: number | null;
  /** Where evidence made it shorter than the plan's. */
  timeoutMs?: number | null;
  applied: string[];
  feedback?: Feedback;
}

/**
 * The attempts as examples; those whose task is gone from the plan are left out. `taskOf` knows the plans. What was done elsewhere is of no plan, needed
 * nothing that is known, and had no timeout of ours.
 */
export function examplesOf(
  attempts: readonly PastExample[],
  taskOf: (attempt: PastExample, task: string) => Task | undefined,
): Example[] {
  const key = ({ session }: PastExample, task: string): string => JSON.stringify([session, task]);
  const successes = new Map<string, PastExample>();
  const begins = new Map<string, number>();
  for (const attempt of attempts) {
    const at = key(attempt, attempt.task);
    const before = successes.get(at);
    if (attempt.verdict === Verdict.succeeded && (!before || before.endedAt < attempt.endedAt))
      successes.set(at, attempt);
    if (attempt.startedAt !== null) begins.set(at, Math.min(attempt.startedAt, begins.get(at) ?? Infinity));
  }
  return attempts.flatMap((attempt) => {
    const task = taskOf(attempt, attempt.task);
    const kind = task
      ? (attempt.kind ?? kindOfTask(attempt.task, task))
      : attempt.planHash === null
        ? attempt.kind
        : null;
    if (!kind) return [];
    const givers = (task?.needs ?? []).map((need) => successes.get(key(attempt, need)));
    const ready = givers.some((giver) => !giver)
      ? null
      : givers.reduce<number | null>((at, giver) => Math.max(at ?? 0, giver?.endedAt ?? 0), attempt.sessionStartedAt);
    const begun = begins.get(key(attempt, attempt.task));
    const waitedMs = ready === null || begun === undefined ? null : Math.max(0, begun - ready);
    return [
      {
        ...exampleOf(attempt, kind, task?.timeoutMs ?? null),
        wentOnFrom: attempt.work?.collaborators ?? givenBy(attempt) ?? agentsOf(givers),
        waitedMs,
      },
    ];
  });
}

/** As it was stored with the attempt: the attempts that gave it something may be older than what is looked at. */
function givenBy({ handoffs, planName }: PastExample): string[] | undefined {
  if (!handoffs) return undefined;
  return [...new Set(handoffs.map(({ workspace, agent }) => agentOf({ agentWorkspace: workspace, agent, planName })))];
}

function agentsOf(givers: readonly (PastExample | undefined)[]): string[] {
  return [...new Set(givers.flatMap((giver) => (giver ? [agentOf(giver)] : [])))];
}

function agentOf({
  agentWorkspace,
  agent,
  planName,
}: Pick<PastExample, 'agentWorkspace' | 'agent' | 'planName'>): string {
  return exampleAgent({ ...(agentWorkspace !== null && { workspace: agentWorkspace }), name: agent }, planName);
}

function exampleOf(
  attempt: PastExample,
  { capability, taskType, technologies, complexity, inputBytes }: TaskKind,
  timeoutMs: number | null,
): Omit<Example, 'wentOnFrom' | 'waitedMs'> {
  const {
    agentWorkspace: _,
    planHash: __,
    handoffs: _____,
    sessionStartedAt: ___,
    kind: ____,
    work,
    verdict,
    error,
    feedback,
    planName,
    ...same
  } = attempt;
  const succeeded = verdict === Verdict.succeeded;
  const failure = succeeded || error === null ? undefined : errorClass(error);
  return {
    ...same,
    agent: agentOf(attempt),
    capability,
    taskType,
    technologies,
    ...(complexity && { complexity }),
    inputBytes: inputBytes ?? attempt.inputBytes,
    tools: work?.tools ?? null,
    filesChanged: work?.filesChanged ?? null,
    messages: work?.messages ?? null,
    plan: planName,
    succeeded,
    timedOut: verdict === Verdict.timedOut,
    success: successOf(verdict, feedback),
    ...(failure !== undefined && { errorClass: failure }),
    timeoutMs: attempt.timeoutMs ?? timeoutMs,
  };
}
