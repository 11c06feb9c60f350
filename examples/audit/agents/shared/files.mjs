import { constants, lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from './git.mjs';

export const maximumTextBytes = 1024 * 1024;

function splitNames(buffer, notChecked) {
  const names = [];
  for (let start = 0, end; (end = buffer.indexOf(0, start)) !== -1; start = end + 1) {
    const bytes = buffer.subarray(start, end);
    const name = bytes.toString('utf8');
    if (Buffer.from(name, 'utf8').equals(bytes)) names.push(name);
    else notChecked.add('files', 'their names are not UTF-8');
  }
  return names;
}

function kindOf(entry) {
  if (entry.isFile()) return 'file';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

/**
 * What git tracks, and what it would track (untracked, not ignored), sorted by path: `{ path, kind, bytes }` with kind `file`,
 * `symlink` or `submodule`. What cannot be looked at is counted in `notChecked`.
 */
export async function listFiles(root, notChecked) {
  const [staged, untracked] = await Promise.all([
    git(root, ['ls-files', '-z', '--cached', '--stage']),
    git(root, ['ls-files', '-z', '--others', '--exclude-standard']),
  ]);
  const modes = new Map();
  for (const row of splitNames(staged, notChecked)) modes.set(row.slice(row.indexOf('\t') + 1), row.slice(0, 6));
  for (const name of splitNames(untracked, notChecked)) {
    if (name.endsWith('/')) notChecked.add('nested repositories', 'they are repositories of their own');
    else modes.set(name, '100644');
  }
  const files = [];
  for (const [path, mode] of modes) {
    const entry = lstatSync(join(root, path), { throwIfNoEntry: false });
    const kind = mode === '160000' ? 'submodule' : entry && kindOf(entry);
    if (!entry) notChecked.add('files', 'they are tracked but absent from the work tree');
    else if (kind === 'other') notChecked.add('files', 'they are neither regular files nor symbolic links');
    else files.push({ path, kind, bytes: entry.size });
  }
  return files.sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Text of a regular file, or null where it is binary, too large or unreadable, which is counted in `notChecked`. */
export async function readText(root, file, notChecked) {
  if (file.kind !== 'file') return null;
  if (file.bytes > maximumTextBytes) {
    notChecked.add('files', `they are larger than ${maximumTextBytes / 1024} KB`);
    return null;
  }
  let handle;
  try {
    handle = await open(join(root, file.path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const bytes = await handle.readFile();
    if (bytes.subarray(0, 8000).includes(0)) {
      notChecked.add('files', 'they are binary');
      return null;
    }
    return bytes.toString('utf8');
  } catch (error) {
    notChecked.add('files', `they could not be read (${error.code})`);
    return null;
  } finally {
    await handle?.close();
  }
}
