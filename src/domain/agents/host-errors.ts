import { didYouMean } from '../did-you-mean';
import { OrchestraError } from '../errors';

/** `silentMs`: since the other process was heard of. */
export function hostTaken(workspace: string, name: string, silentMs: number): OrchestraError {
  return new OrchestraError(
    'HOST_TAKEN',
    `Another process is the host "${name}" of workspace "${workspace}"; it was heard of ${Math.round(silentMs / 1_000)} s ago. ` +
      'Stop it, or choose another name with --name. A host that is not heard of counts as gone after a while.',
  );
}

export function unknownHost(workspace: string, name: string, known: Iterable<string>): OrchestraError {
  const hint = didYouMean(name, known) || ': `orchestra hosts list` shows them';
  return new OrchestraError('HOST_NOT_FOUND', `There is no host "${name}" in workspace "${workspace}"${hint}.`);
}

export function hostIsThere(name: string): OrchestraError {
  return new OrchestraError('COMMAND_REFUSED', `Host "${name}" is there and was not removed. Stop its process first.`);
}

export function hostIsBusy(name: string): OrchestraError {
  return new OrchestraError(
    'COMMAND_REFUSED',
    `Host "${name}" has attempts in flight and was not removed. They count as lost when their leases expire; then remove it.`,
  );
}
