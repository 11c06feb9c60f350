import { isAbsolute } from 'node:path';
import type { ProgramRunner } from '../../contracts/ports/program-runner';
import { clipText } from '../../domain/clip-text';
import { errorCode } from '../error-code';
import { baseEnvironment } from './agent-environment';
import type { Environment } from './agent-environment';
import type { ProcessGroups } from './process-groups';
import { runProcess } from './run-process';
import { createStderrTail } from './stderr-tail';

const [graceMs, drainMs] = [1_000, 500];
const maxDetailLength = 300;

/** In the folder of this process where `cwd` is not absolute: there is no plan whose folder it could be relative to. */
export function createProgramRunner(dependencies: {
  hostEnvironment: Environment;
  processGroups: ProcessGroups;
  /** Aborted where this process ends. */
  ending: AbortSignal;
}): ProgramRunner {
  const { hostEnvironment, processGroups, ending } = dependencies;
  return async ({ command, timeoutMs, env, cwd }) => {
    const [program = '', ...programArguments] = command;
    const stderr = createStderrTail();
    const end = await runProcess({
      program,
      arguments: programArguments,
      cwd: cwd !== undefined && isAbsolute(cwd) ? cwd : '.',
      environment: baseEnvironment(env, hostEnvironment),
      stdin: undefined,
      onStdout: () => true,
      onStderr: (chunk) => stderr.push(chunk),
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ending]),
      processGroups,
      graceMs,
      drainMs,
    });
    switch (end.kind) {
      case 'not-started':
        return { exitCode: null, detail: `${program}: ${errorCode(end.error)}` };
      case 'interrupted':
        return {
          exitCode: null,
          detail: ending.aborted ? `${program} was ended with its worker` : `${program} did not end in time`,
        };
      case 'killed':
        return { exitCode: null, detail: `${program}: killed by ${end.signal}` };
      case 'exited': {
        const said = end.exitCode === 0 ? '' : (stderr.text().trim().split('\n').at(-1) ?? '');
        return {
          exitCode: end.exitCode,
          detail: clipText(`${program}: exit ${end.exitCode}${said === '' ? '' : `, ${said}`}`, maxDetailLength),
        };
      }
    }
  };
}
