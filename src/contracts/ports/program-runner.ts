import type { AgentProgram } from '../../domain/agents/agent-programs';

/** Runs a program for an agent that it is not part of. Never rejects: what keeps it from running is told, with no exit code. */
export type ProgramRunner = (
  program: AgentProgram & { env: string[] | Record<string, string>; cwd: string | undefined },
) => Promise<{ exitCode: number | null; detail: string }>;
