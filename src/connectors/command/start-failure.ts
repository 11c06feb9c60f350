import { stat } from 'node:fs/promises';
import type { AttemptReport } from '../../contracts/ports/connector';
import { errorCode } from '../error-code';
import { failureReport } from '../failure-reports';

/** Shortages of the host: the same start may well succeed later. */
const passingCodes: ReadonlySet<string> = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM', 'ETXTBSY']);

/**
 * The report of a program that could not be started. The system says ENOENT for a missing program, a missing interpreter and a missing
 * folder alike, so the folder is looked at.
 */
export async function startFailure(start: {
  agentName: string;
  program: string;
  cwd: string;
  error: unknown;
}): Promise<AttemptReport> {
  const { agentName, program, cwd, error } = start;
  const code = errorCode(error);
  const reason = (await folderProblem(cwd)) ?? reasonOf(code, program, cwd);
  return failureReport({
    kind: 'start',
    detail: code,
    error: `Agent '${agentName}' could not be started: ${reason}`,
    retryable: passingCodes.has(code),
  });
}

function reasonOf(code: string, program: string, cwd: string): string {
  switch (code) {
    case 'ENOENT':
      return `the program ${program}, or the interpreter it names, was not found from ${cwd}. Install it on this host, or correct \`command\` in the plan.`;
    case 'EACCES':
      return `${program} may not be executed. Make it executable (chmod +x), or name its interpreter first in \`command\`.`;
    case 'E2BIG':
      return `the arguments of ${program} are too long for the system. Hand large values over on stdin.`;
    default:
      return passingCodes.has(code)
        ? `the host is short of resources for ${program} (${code}). It is tried again.`
        : `the system refused to run ${program} (${code}). Correct \`command\` and \`env\` in the plan.`;
  }
}

async function folderProblem(cwd: string): Promise<string | undefined> {
  try {
    const found = await stat(cwd);
    return found.isDirectory() ? undefined : `its \`cwd\` ${cwd} is not a folder. Correct it in the plan.`;
  } catch (error) {
    return `its \`cwd\` ${cwd} cannot be used (${errorCode(error)}). Create the folder, or correct the plan.`;
  }
}
