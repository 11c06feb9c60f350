import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EditedFile } from '../cli/ports';
import { OrchestraError } from '../domain/errors';

/** Lets the user edit the text at the terminal, in $VISUAL, $EDITOR or vi. Throws USAGE where there is no terminal, or the editor fails. */
export async function editText(host: NodeJS.Process, name: string, text: string): Promise<EditedFile> {
  if (!host.stdin.isTTY || !host.stdout.isTTY) {
    throw new OrchestraError('USAGE', 'There is no terminal to edit at: name the edited plan with --file.');
  }
  const folder = await mkdtemp(join(tmpdir(), 'orchestra-edit-'));
  const path = join(folder, name);
  await writeFile(path, text, { mode: 0o600 });
  const editor = host.env['VISUAL'] || host.env['EDITOR'] || 'vi';
  const exitCode = await runEditor(editor, path);
  if (exitCode !== 0) {
    await rm(folder, { recursive: true, force: true });
    throw new OrchestraError(
      'USAGE',
      `The editor (${editor}) ended with ${exitCode ?? 'a signal'}, so nothing is changed. Set VISUAL or EDITOR, or use --file.`,
    );
  }
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** As other programs do it, the variable is a piece of shell: `code --wait`. */
function runEditor(editor: string, path: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `${editor} "$1"`, 'editor', path], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', resolve);
  });
}
