import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AuditError } from './agent.mjs';

/**
 * The audited repository may belong to another user, who may have configured programs for git to start. So: trust the
 * folder, for our read-only commands alone, and switch off whatever would run a program or reach for the network.
 */
const settings = {
  'safe.directory': '*',
  'core.fsmonitor': 'false',
  'core.hooksPath': '/dev/null',
  'log.showSignature': 'false',
  'blame.ignoreRevsFile': '',
  'color.ui': 'false',
};

function gitEnvironment() {
  // A hook or an outer git command would point GIT_DIR and its like at another repository.
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  Object.entries(settings).forEach(([key, value], index) => {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return {
    ...environment,
    GIT_CONFIG_COUNT: String(Object.keys(settings).length),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    LC_ALL: 'C',
  };
}

/** Standard output of a read-only git command as a Buffer; rejects with git's own words, after `timeoutMs` or past 64 MB. */
export function git(folder, args, { timeoutMs = 60_000 } = {}) {
  const options = { encoding: 'buffer', env: gitEnvironment(), maxBuffer: 64 * 1024 * 1024, timeout: timeoutMs };
  return new Promise((resolveOutput, reject) => {
    execFile('git', ['--literal-pathspecs', '-C', folder, ...args], options, (error, stdout, stderr) => {
      if (!error) return resolveOutput(stdout);
      if (error.code === 'ENOENT')
        return reject(new AuditError('git was not found on PATH. Install git and try again.'));
      const reason = error.killed ? `no answer within ${timeoutMs} ms` : stderr.toString().trim() || error.message;
      reject(new AuditError(`git ${args[0]} failed in ${folder}: ${reason}`));
    });
  });
}

/** Absolute path of the work tree that holds `path`; explains itself where there is none. */
export async function findWorkTree(path) {
  const folder = resolve(path);
  const entry = await stat(folder).catch(() => null);
  if (!entry?.isDirectory()) {
    throw new AuditError(`There is no folder ${folder}. Set the input "repo" to the folder of a git repository.`);
  }
  try {
    return (await git(folder, ['rev-parse', '--show-toplevel'])).toString().replace(/\n$/, '');
  } catch (error) {
    if (/work tree/.test(error.message)) {
      throw new AuditError(`${folder} is a bare repository or a .git folder: clone it, and audit the clone.`);
    }
    if (!/not a git repository/.test(error.message)) throw error;
    throw new AuditError(
      `${folder} is not a git repository, nor inside one. Set the input "repo" to one, or run "git init" in that folder.`,
    );
  }
}

/** Number of commits behind HEAD: 0 in a repository that has none yet. */
export async function countCommits(root) {
  const head = await git(root, ['rev-parse', '--verify', '--quiet', 'HEAD']).catch(() => null);
  return head === null ? 0 : Number(await git(root, ['rev-list', '--count', 'HEAD']));
}

/** Whether older commits are missing here. */
export async function isShallow(root) {
  return (await git(root, ['rev-parse', '--is-shallow-repository'])).toString().trim() === 'true';
}
