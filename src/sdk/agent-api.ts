import type { RemoteWork } from '../contracts/ports/remote-agents';

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

/** What the API refused, by its code. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    /** See docs/errors.md; empty where the answer was not of the API. */
    readonly code: string,
    message: string,
    /** How long whoever answered asks to be left alone, in its own words (`Retry-After`). */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }

  /** Whether the same request can succeed later. */
  get isPassing(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

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
    throw errorOf(response.status, text, retryAfterMsOf(response.headers.get('retry-after')));
  }
}

function errorOf(status: number, text: string, retryAfterMs: number | undefined): ApiError {
  try {
    const { code = '', detail = text } = JSON.parse(text) as { code?: string; detail?: string };
    return new ApiError(status, code, detail, retryAfterMs);
  } catch {
    return new ApiError(status, '', `HTTP ${status}: ${text.slice(0, 500)}`, retryAfterMs);
  }
}

/** Seconds, or a date. */
function retryAfterMsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
