import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { errorCode } from '../error-code';

/** Where modules of functions may lie; `plan`: in the folder of the plan that names them, and below. */
export type FunctionDirectories = 'plan' | readonly string[];

export interface FoundFunction {
  /** Of the file, with all links followed. */
  path: string;
  /** Another one for each change of the file. */
  stamp: string;
  exportName: string;
}

/** Why a function may not be called, or cannot be. */
export interface UnusableFunction {
  detail: string;
  error: string;
}

/** The file behind `./tools.mjs#resize`, where it may be used. */
export async function findFunction(
  module: string,
  baseDirectory: string,
  allowed: FunctionDirectories,
): Promise<FoundFunction | UnusableFunction> {
  const [file = '', exportName = 'default'] = module.split('#');
  const written = resolve(baseDirectory, file);
  const directories = (allowed === 'plan' ? [baseDirectory] : allowed).map((directory) => resolve(directory));
  if (!isBelowAny(directories, written)) return outside(module, written, directories, allowed);
  try {
    const [path, ...followed] = await Promise.all([
      realpath(written),
      ...directories.map((directory) => realpath(directory).catch(() => directory)),
    ]);
    // A link inside may lead outside.
    if (!isBelowAny(followed, path)) return outside(module, path, directories, allowed);
    const { mtimeMs, size } = await stat(path);
    return { path, stamp: `${mtimeMs}-${size}`, exportName };
  } catch (error) {
    const detail = errorCode(error);
    return {
      detail,
      error: `its module ${module} is not there: ${written} cannot be read (${detail}). Mend the path.`,
    };
  }
}

function isBelowAny(directories: readonly string[], path: string): boolean {
  return directories.some((directory) => {
    const way = relative(directory, path);
    return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  });
}

function outside(
  module: string,
  path: string,
  directories: readonly string[],
  allowed: FunctionDirectories,
): UnusableFunction {
  const where = directories.length === 0 ? 'none' : directories.join(', ');
  const advice =
    allowed === 'plan'
      ? 'Put it beside the plan, or name its folder in ORCHESTRA_FUNCTION_DIRECTORIES.'
      : 'Name its folder in ORCHESTRA_FUNCTION_DIRECTORIES of the workers.';
  return {
    detail: 'outside of the allowed folders',
    error: `its module ${module} is ${path}, outside of the folders that functions may come from (${where}). ${advice}`,
  };
}
