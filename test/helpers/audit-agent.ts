import { resolve } from 'node:path';
import type { Json, JsonObject } from '../../src/domain/json';
import { runProgram } from './run-program';
import type { ProgramEnd } from './run-program';

const folder = resolve(__dirname, '../../examples/audit');

export interface Finding {
  severity: string;
  file?: string;
  line?: number;
  endLine?: number;
  title: string;
  detail?: string;
  excerpt?: string;
  path?: { file: string; line: number }[];
}

export interface Inspection {
  findings: Finding[];
  omitted: number;
  checked: Record<string, number>;
  notChecked: { what: string; why: string; count?: number }[];
}

/** The area of a fan-out that stands for the whole repository. */
export const wholeRepository = { parts: [{ folder: '', deep: true }] };

/** Runs one agent of the audit the way its connector does. */
export function runAuditAgent(name: string, input: Json): Promise<ProgramEnd> {
  const attempt = { workspace: 'default', session: 's', task: name, attempt: 1, idempotencyKey: `default/s/${name}` };
  return runProgram([process.execPath, `agents/${name}.mjs`], folder, { ...attempt, prompt: null, input, context: {} });
}

/** Output of an inspection that must succeed. */
export async function inspect(name: string, input: JsonObject): Promise<Inspection> {
  const end = await runAuditAgent(name, input);
  if (end.exitCode !== 0) throw new Error(`${name} ended with exit ${end.exitCode}: ${end.stderr}`);
  return end.output as unknown as Inspection;
}

/** `file:line title` of every finding. */
export function briefly({ findings }: Inspection): string[] {
  return findings.map(({ file, line, title }) => `${file}:${line} ${title}`);
}
