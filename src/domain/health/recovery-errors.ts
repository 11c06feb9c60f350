import { OrchestraError } from '../errors';

export function recoveryImpossible(name: string, action: string, why: string): OrchestraError {
  return new OrchestraError(
    'COMMAND_REFUSED',
    `Agent "${name}" knows no ${action}: ${why}. \`orchestra agents recover ${name}\` lists what can be done.`,
  );
}

export function restartTooSoon(name: string, at: number): OrchestraError {
  return new OrchestraError(
    'COMMAND_REFUSED',
    `Agent "${name}" was restarted too often lately; it may be again at ${new Date(at).toISOString()}. \`orchestra agents events ${name}\` says when it was, and by whom.`,
  );
}

export function recoveryNotFound(agent: string, id: string): OrchestraError {
  return new OrchestraError(
    'RECOVERY_NOT_FOUND',
    `Nobody has asked for a recovery "${id}" of agent "${agent}". POST /v1/agents/${agent}/recoveries answers with its id.`,
  );
}
