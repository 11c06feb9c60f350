import { OrchestraError } from '../errors';
import type { BoundedAction } from './recovery';

export function recoveryImpossible(name: string, action: string, why: string): OrchestraError {
  return new OrchestraError(
    'COMMAND_REFUSED',
    `Agent "${name}" knows no ${action}: ${why}. \`orchestra agents recover ${name}\` lists what can be done.`,
  );
}

const doneTooOften: Readonly<Record<BoundedAction, (name: string) => string>> = {
  restart: (name) => `Agent "${name}" was restarted too often lately; it may be again at`,
  alert: (name) => `Receivers of alerts were told of agent "${name}" too often lately; they may be again at`,
};

export function recoveryTooSoon(name: string, action: BoundedAction, at: number): OrchestraError {
  return new OrchestraError(
    'COMMAND_REFUSED',
    `${doneTooOften[action](name)} ${new Date(at).toISOString()}. \`orchestra agents events ${name}\` says when it was, and by whom.`,
  );
}

export function recoveryNotFound(agent: string, id: string): OrchestraError {
  return new OrchestraError(
    'RECOVERY_NOT_FOUND',
    `Nobody has asked for a recovery "${id}" of agent "${agent}". POST /v1/agents/${agent}/recoveries answers with its id.`,
  );
}
