import type { CallOptions, ChangeOptions } from './options';
import type { Requester } from './requester';
import type { NewRecovery, Recovery, RecoveryOption } from './types';
import { urlPath } from './url-path';

/** What can be done about agents that are not well. */
export class AgentRecoveries {
  constructor(private readonly api: Requester) {}

  list(agent: string, options?: CallOptions): Promise<RecoveryOption[]> {
    const operation = { method: 'GET' as const, path: urlPath`/v1/agents/${agent}/recoveries` };
    return this.api.send<{ actions: RecoveryOption[] }>(operation, options).then(({ actions }) => actions);
  }

  /** A worker does it where the agent is: `get` tells its end. Rejects with COMMAND_REFUSED where the agent knows no such thing. */
  start(agent: string, recovery: NewRecovery, options?: ChangeOptions): Promise<Recovery> {
    return this.api.send({ method: 'POST', path: urlPath`/v1/agents/${agent}/recoveries`, body: recovery }, options);
  }

  get(agent: string, id: string, options?: CallOptions): Promise<Recovery> {
    return this.api.send({ method: 'GET', path: urlPath`/v1/agents/${agent}/recoveries/${id}` }, options);
  }
}
