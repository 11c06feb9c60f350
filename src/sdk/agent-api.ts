import type { AgentTransport, AskOptions, AttemptReference, Claim, Heartbeat, StoppedAttempt } from './agent-transport';
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

/** The requests of an agent, each by itself. */
export class AgentApi implements AgentTransport {
  readonly tellsAtOnce = false;

  constructor(private readonly address: ApiAddress) {}

  claim(body: Claim, signal?: AbortSignal): Promise<{ work: RemoteWork[] }> {
    return this.post('claim', body, { signal });
  }

  heartbeat(body: Heartbeat, signal: AbortSignal): Promise<{ stop: StoppedAttempt[] }> {
    return this.post('heartbeat', body, { signal });
  }

  settle(how: 'complete' | 'fail', body: AttemptReference, traceparent?: string): Promise<{ verdict: string }> {
    return this.post(how, body, { traceparent });
  }

  close(): void {
    // Connections that are only kept open keep no program from ending.
  }

  async post<Answer>(verb: string, body: object, { signal, traceparent }: AskOptions): Promise<Answer> {
    const { url, token, agent } = this.address;
    const response = await fetch(new URL(`/v1/agents/${encodeURIComponent(agent)}/${verb}`, url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(traceparent !== undefined && { traceparent }),
      },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as Answer;
    throw readApiError(response, text);
  }
}
