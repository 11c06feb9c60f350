import { ApiError } from '../api-error';
import { AgentMemories } from './agent-memories';
import { AgentRecoveries } from './agent-recoveries';
import { AgentSecrets } from './agent-secrets';
import { AgentTokens } from './agent-tokens';
import { eachRow } from './each-row';
import type { CallOptions, ChangeOptions, IfMatchOptions } from './options';
import type { Requester } from './requester';
import type { Agent, AgentCard, AgentDefinition, AgentEvent, AgentFilter, AgentInsights } from './types';
import type { AgentPage, AgentState, AgentWithDefinition, CardOptions, ImportedAgent } from './types';
import { urlPath } from './url-path';

/** What `defineAgent` makes has a definition. */
type Definition = AgentDefinition | { definition: AgentDefinition };

/** The registry. */
export class Agents {
  readonly memories: AgentMemories;
  readonly recoveries: AgentRecoveries;
  readonly secrets: AgentSecrets;
  readonly tokens: AgentTokens;

  constructor(private readonly api: Requester) {
    this.memories = new AgentMemories(api);
    this.recoveries = new AgentRecoveries(api);
    this.secrets = new AgentSecrets(api);
    this.tokens = new AgentTokens(api);
  }

  /** Rejects with AGENT_EXISTS and AGENT_INVALID. */
  register(agent: Definition, options?: ChangeOptions): Promise<AgentWithDefinition> {
    return this.api.send({ method: 'POST', path: '/v1/agents', body: definitionOf(agent) }, options);
  }

  /**
   * By its A2A card. `settings`: keys of a definition that the card does not have, such as `headers`. Rejects with AGENT_EXISTS and AGENT_INVALID, whose
   * `faults` point into the card.
   */
  importCard(
    card: AgentCard,
    { name, settings, ...options }: CardOptions & ChangeOptions = {},
  ): Promise<ImportedAgent> {
    const body = { card, ...(name !== undefined && { name }), ...(settings && { settings }) };
    return this.api.send({ method: 'POST', path: '/v1/agent-imports/card', body }, options);
  }

  /** By a Markdown text with front matter; or a subagent of Claude Code. Rejects with AGENT_EXISTS and AGENT_INVALID. */
  importMarkdown(text: string, options?: ChangeOptions): Promise<ImportedAgent> {
    return this.api.send({ method: 'POST', path: '/v1/agent-imports/markdown', body: { text } }, options);
  }

  /** Puts the definition in the place of the one with its name. Rejects with AGENT_NOT_FOUND, AGENT_INVALID and PRECONDITION_FAILED. */
  update(agent: Definition, options?: IfMatchOptions): Promise<AgentWithDefinition> {
    const body = definitionOf(agent);
    return this.api.send({ method: 'PUT', path: urlPath`/v1/agents/${body.name}`, body }, options);
  }

  /**
   * Takes over what its A2A card says; the rest of its definition stays, whoever changes it meanwhile. `settings`: as of `importCard`. Rejects with
   * AGENT_NOT_FOUND, AGENT_INVALID, whose `faults` point into the card, and PRECONDITION_FAILED.
   */
  updateCard(
    name: string,
    card: AgentCard,
    { settings, ...options }: Pick<CardOptions, 'settings'> & IfMatchOptions = {},
  ): Promise<ImportedAgent> {
    const body = { card, ...(settings && { settings }) };
    return this.api.send({ method: 'PUT', path: urlPath`/v1/agents/${name}/card`, body }, options);
  }

  /** What the agent can do from now on; the rest of its definition stays, whoever changes it meanwhile. */
  async updateCapabilities(
    name: string,
    capabilities: NonNullable<AgentDefinition['capabilities']>,
    options?: CallOptions,
  ): Promise<AgentWithDefinition> {
    for (;;) {
      const { definition, etag } = await this.get(name, options);
      const changed = { ...(definition as AgentDefinition), name, capabilities };
      try {
        return await this.update(changed, { ...options, ifMatch: etag });
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'PRECONDITION_FAILED') throw error;
      }
    }
  }

  /** With its secrets and its record. Rejects with COMMAND_REFUSED while it has something in flight. */
  async unregister(name: string, options?: IfMatchOptions): Promise<void> {
    await this.api.send({ method: 'DELETE', path: urlPath`/v1/agents/${name}` }, options);
  }

  /** `workspace/name` for one that another workspace shares. */
  get(name: string, options?: CallOptions): Promise<AgentWithDefinition> {
    return this.api.send({ method: 'GET', path: urlPath`/v1/agents/${name}` }, options);
  }

  /** A page, by name. */
  list(filter: AgentFilter = {}, options?: CallOptions): Promise<AgentPage> {
    return this.api.send({ method: 'GET', path: '/v1/agents', query: filter }, options);
  }

  /** All of them, page by page. */
  each(filter: Omit<AgentFilter, 'cursor'> = {}, options?: CallOptions): AsyncGenerator<Agent> {
    return eachRow(this.api, '/v1/agents', 'agents', filter, options);
  }

  /** How it does, whom it works with, what outcomes show of it, what it remembers, and what could be done about it. */
  insights(name: string, options?: CallOptions): Promise<AgentInsights> {
    return this.api.send({ method: 'GET', path: urlPath`/v1/agents/${name}/insights` }, options);
  }

  /** What became of it, the latest first, by whom and why. */
  events(name: string, filter: { limit?: number } = {}, options?: CallOptions): Promise<AgentEvent[]> {
    const operation = { method: 'GET' as const, path: urlPath`/v1/agents/${name}/events`, query: filter };
    return this.api.send<{ events: AgentEvent[] }>(operation, options).then(({ events }) => events);
  }

  /** All of that, page by page. */
  eachEvent(name: string, filter: { limit?: number } = {}, options?: CallOptions): AsyncGenerator<AgentEvent> {
    return eachRow(this.api, urlPath`/v1/agents/${name}/events`, 'events', filter, options);
  }

  /** Gives it no new work. */
  drain(name: string, options?: ChangeOptions): Promise<AgentState> {
    return this.tell(name, 'drain', {}, options);
  }

  undrain(name: string, options?: ChangeOptions): Promise<AgentState> {
    return this.tell(name, 'undrain', {}, options);
  }

  /** Gives it no work until it is reset. */
  quarantine(name: string, why: string, options?: ChangeOptions): Promise<AgentState> {
    return this.tell(name, 'quarantine', { why }, options);
  }

  /** Closes its circuit breaker. */
  reset(name: string, options?: ChangeOptions): Promise<AgentState> {
    return this.tell(name, 'reset', {}, options);
  }

  private tell(name: string, verb: string, body: object, options?: ChangeOptions): Promise<AgentState> {
    return this.api.send({ method: 'POST', path: `${urlPath`/v1/agents/${name}`}/${verb}`, body }, options);
  }
}

function definitionOf(agent: Definition): AgentDefinition {
  return 'definition' in agent ? agent.definition : agent;
}
