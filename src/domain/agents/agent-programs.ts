import type { AgentDefinition } from './agent';
import { agentType } from './agent-type';

/** A program that is run for an agent, and not as one: no shell reads its arguments, and they hold no templates. */
export interface AgentProgram {
  command: string[];
  timeoutMs: number;
}

/** Looks whether a program could do work. */
export interface AgentProbe extends AgentProgram {
  /** With which it ends where all is well. */
  exitCode: number;
}

/** Command lines of vendors, which say their version for nothing. */
const sayingVersions: ReadonlySet<string> = new Set(['claude-code', 'codex', 'copilot', 'cursor', 'gemini']);

const defaultTimeoutMs = 10_000;

/** How an agent that is a program is looked at; undefined where that is not known. */
export function probeOf(definition: Pick<AgentDefinition, 'connector' | 'probe' | 'type'>): AgentProbe | undefined {
  const { connector, probe } = definition;
  if (probe || connector.connector !== 'command') return probe;
  const [program = ''] = connector.command;
  const isKnown = program === 'claude' || sayingVersions.has(agentType(definition));
  if (!isKnown || program.includes('${{')) return undefined;
  return { command: [program, '--version'], timeoutMs: defaultTimeoutMs, exitCode: 0 };
}

/** How long the program may take, or a look without one. */
export function agentProgramLimitMs(program: AgentProgram | undefined): number {
  return program?.timeoutMs ?? defaultTimeoutMs;
}
