import type { AgentChanges } from '../../contracts/ports/agent-registry';
import { agentDefinitionSchema } from '../../contracts/schemas/agent-definition';
import { describeSchemaFault, issuesOfSchema } from '../../contracts/schemas/schema-issues';
import { writeAgentDefinition } from '../../contracts/schemas/write-agent-definition';
import type { AgentDefinition } from '../../domain/agents/agent';
import { agentsInvalid } from '../../domain/agents/agent-errors';
import type { JsonObject } from '../../domain/json';
import { optionOfPath, writtenOf } from './agent-options';
import type { AgentOptions } from './agent-options';

/** A definition out of options, and of a card before them. Throws AGENT_INVALID. */
export function definitionOfOptions(name: string, options: AgentOptions, card: JsonObject = {}): AgentDefinition {
  return parse(limitedOnly({ ...card, name, ...writtenOf(options) }));
}

/** What options change about an agent; whatever they make of it is checked as a whole. Throws AGENT_INVALID. */
export function changesOfOptions(current: AgentDefinition, options: AgentOptions, card: JsonObject = {}): AgentChanges {
  const written = { ...card, ...writtenOf(options) };
  const before = writeAgentDefinition(current);
  // Another connector begins with none of the settings of the one before.
  const kept = written['connector'] === undefined ? before : without(before, Object.keys(current.connector));
  const capabilities = written['capabilities'] ?? before['capabilities'] ?? [];
  const cost = { ...current.cost, ...(written['cost'] as JsonObject | undefined) };
  const changed = parse(limitedOnly({ ...kept, ...written, name: current.name, capabilities, cost }));
  const has = (...keys: string[]): boolean => keys.some((key) => key in written);
  return {
    ...(changed.type !== undefined && has('type') && { type: changed.type }),
    ...(has('connector', 'command', 'url', 'headers', 'cwd', 'env') && { connector: changed.connector }),
    ...(has('description') && { description: changed.description ?? '' }),
    ...(has('instructions') && { instructions: changed.instructions ?? '' }),
    ...(changed.remember !== undefined && has('remember') && { remember: changed.remember }),
    ...(has('capabilities', 'technologies') && { capabilities: changed.capabilities }),
    ...(has('tags') && { tags: changed.tags }),
    ...(has('maxConcurrent') && { maxConcurrent: changed.maxConcurrent }),
    ...(has('rateLimit') && { rateLimit: changed.rateLimit ?? null }),
    ...(has('cost') && { cost: changed.cost }),
    ...(has('shared') && { shared: changed.shared }),
  };
}

function parse(written: JsonObject): AgentDefinition {
  const parsed = agentDefinitionSchema.safeParse(written, { error: describeSchemaFault });
  if (parsed.success) return parsed.data;
  const faults = issuesOfSchema(parsed.error).map(({ path, message }) => `${optionOfPath(path)}: ${message}`);
  throw agentsInvalid(faults);
}

/** `none` is no limit. */
function limitedOnly(written: JsonObject): JsonObject {
  return written['rateLimit'] === 'none' ? without(written, ['rateLimit']) : written;
}

function without(written: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(written).filter(([key]) => !keys.includes(key)));
}
