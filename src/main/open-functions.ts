import { baseEnvironment } from '../connectors/command/agent-environment';
import type { FunctionDependencies } from '../connectors/function';
import { createFunctionThreads } from '../connectors/function/function-threads';
import type { Configuration } from './configuration';

/** Of the heap of each thread. */
const memoryMb = 256;

/** What calls functions of plans; `functions.close()` ends its threads. */
export function openFunctions(
  { functions: { directories, threads } }: Configuration,
  hostEnvironment: NodeJS.ProcessEnv,
): FunctionDependencies {
  return {
    functionDirectories: directories,
    functions: createFunctionThreads({
      maxThreads: threads,
      memoryMb,
      environment: baseEnvironment([], hostEnvironment),
    }),
  };
}
