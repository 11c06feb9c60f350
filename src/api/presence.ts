import type { AgentPresenceStore } from '../contracts/ports/agent-presence';
import type { AgentKey } from '../domain/agents/agent';
import { agentId } from '../domain/agents/agent-ref';

/** An agent that is there is written down so often, however many requests it makes. */
export const presenceMs = 10_000;

/** Agents that come at once are written down together. */
const gatherMs = 50;

/** Keeps note of the agents that are there: those that make requests, and those whose requests wait. */
export class Presence {
  private readonly noted = new Map<string, number>();
  private readonly waiting = new Map<string, { agent: AgentKey; requests: number }>();
  private readonly toNote = new Map<string, AgentKey>();
  private gathering: NodeJS.Timeout | undefined;
  private readonly repeating: NodeJS.Timeout;

  constructor(
    private readonly store: Pick<AgentPresenceStore, 'seen'>,
    private readonly onError: (error: unknown) => void,
  ) {
    this.repeating = setInterval(() => {
      for (const { agent } of this.waiting.values()) this.seen(agent);
      const oldest = Date.now() - 2 * presenceMs;
      for (const [id, at] of this.noted) if (at < oldest) this.noted.delete(id);
    }, presenceMs);
    this.repeating.unref();
  }

  seen(agent: AgentKey): void {
    const id = agentId(agent);
    if (Date.now() - (this.noted.get(id) ?? 0) < presenceMs * 0.9) return;
    this.noted.set(id, Date.now());
    this.toNote.set(id, agent);
    this.gathering ??= setTimeout(() => void this.note(), gatherMs);
  }

  /** The agent is there as long as `request` waits. */
  async during<T>(agent: AgentKey, request: () => Promise<T>): Promise<T> {
    const id = agentId(agent);
    const entry = this.waiting.get(id) ?? { agent, requests: 0 };
    this.waiting.set(id, entry);
    entry.requests += 1;
    this.seen(agent);
    try {
      return await request();
    } finally {
      entry.requests -= 1;
      if (entry.requests === 0) this.waiting.delete(id);
    }
  }

  close(): void {
    clearInterval(this.repeating);
    clearTimeout(this.gathering);
  }

  private async note(): Promise<void> {
    this.gathering = undefined;
    const agents = [...this.toNote.values()];
    this.toNote.clear();
    try {
      await this.store.seen(agents);
    } catch (error) {
      for (const agent of agents) this.noted.delete(agentId(agent));
      this.onError(error);
    }
  }
}
