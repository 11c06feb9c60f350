import { didYouMean } from '../did-you-mean';
import { OrchestraError } from '../errors';

/** The error for a task, or an item of one, that the session does not have. `known`: what it has. */
export function taskNotFound(session: string, task: string, known: Iterable<string>): OrchestraError {
  const hint = didYouMean(task, known) || `: \`orchestra sessions show ${session}\` shows them`;
  return new OrchestraError('TASK_NOT_FOUND', `Session "${session}" has no task "${task}"${hint}.`);
}
