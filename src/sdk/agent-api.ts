import type { RemoteWork } from '../contracts/ports/remote-agents';
import { readApiError } from './api-error';

export interface ApiAddress {
  /** Of the API, e.g. http://127.0.0.1:4700. */
  url: string;
  /** `orc_agent_…`; made by `orchestra agents tokens create`. */
  token: string;
  /** Name of the agent. */
  agent: string;
}

export type AttemptReference = Pick<RemoteWork, 'workspace' | 'session' | 'task' | 'attempt' | 'token'>;

export type StoppedAttempt = AttemptReference & { reason: 'cancelled' | 'gone' };

/** The requests of an agent. They reject with an ApiError where they are refused, else with what the network says. */
export class AgentApi {
  constructor(private readonly address: ApiAddress) {}

  claim(
    body: { claimId: string; max: number; waitMs: number; repeated: boolean },
    signal?: AbortSignal,
  ): Promise<{ work: RemoteWork[] }> {
    return this.post('claim', body, signal);
  }

  heartbeat(
    body: { attempts: readonly (AttemptReference & { percent?: number; message?: string })[]; waitMs: number },
    signal: AbortSignal,
  ): Promise<{ stop: StoppedAttempt[] }> {
    return this.post('heartbeat', body, signal);
  }

  /** `complete` or `fail`. */
  settle(how: 'complete' | 'fail', body: AttemptReference): Promise<{ verdict: string }> {
    return this.post(how, body);
  }

  private async post<Answer>(path: string, body: object, signal?: AbortSignal): Promise<Answer> {
    const { url, token, agent } = this.address;
    const response = await fetch(new URL(`/v1/agents/${encodeURIComponent(agent)}/${path}`, url), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as Answer;
    throw readApiError(response, text);
  }
}
