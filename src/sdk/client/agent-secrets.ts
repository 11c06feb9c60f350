import { allRows, wholeList } from './each-row';
import type { CallOptions, ChangeOptions } from './options';
import type { Requester } from './requester';
import type { AgentSecret } from './types';
import { urlPath } from './url-path';

/** Values that agents refer to as `${{ secrets.NAME }}`: kept encrypted, never shown. */
export class AgentSecrets {
  constructor(private readonly api: Requester) {}

  /** Their names. */
  list(agent: string, options?: CallOptions): Promise<AgentSecret[]> {
    return allRows(this.api, urlPath`/v1/agents/${agent}/secrets`, 'secrets', wholeList, options);
  }

  async set(agent: string, name: string, value: string, options?: CallOptions): Promise<void> {
    const path = urlPath`/v1/agents/${agent}/secrets/${name}`;
    await this.api.send({ method: 'PUT', path, body: { value } }, options);
  }

  async remove(agent: string, name: string, options?: CallOptions): Promise<void> {
    await this.api.send({ method: 'DELETE', path: urlPath`/v1/agents/${agent}/secrets/${name}` }, options);
  }

  /** Encrypts all of the workspace, those of webhooks too, with the first of the keys; resolves with how many had another one. */
  async rotate(options?: ChangeOptions): Promise<number> {
    const operation = { method: 'POST' as const, path: '/v1/secrets/rotate', body: {} };
    return (await this.api.send<{ rotated: number }>(operation, options)).rotated;
  }
}
