import type { AgentDefinition } from '../../domain/agents/agent';
import { formatDuration } from '../../domain/duration';
import type { JsonObject } from '../../domain/json';
import { writeAgent } from './write-plan-file';

/** A definition as an agent file again, with its defaults. agentDefinitionSchema reads it back as the same definition. */
export function writeAgentDefinition(definition: AgentDefinition): JsonObject {
  const {
    name,
    description,
    type,
    instructions,
    remember,
    connector,
    probe,
    restart,
    capabilities,
    tags,
    maxConcurrent,
    rateLimit,
    cost,
    models,
    shared,
  } = definition;
  return {
    name,
    ...(description !== undefined && { description }),
    ...(type !== undefined && { type }),
    ...(instructions !== undefined && { instructions }),
    ...(remember !== undefined && { remember }),
    ...writeAgent(connector),
    ...(probe && {
      probe: { command: probe.command, timeout: formatDuration(probe.timeoutMs), exitCode: probe.exitCode },
    }),
    ...(restart && { restart: { command: restart.command, timeout: formatDuration(restart.timeoutMs) } }),
    capabilities: capabilities.map((capability) => ({ ...capability })),
    tags,
    maxConcurrent,
    ...(rateLimit !== undefined && { rateLimit }),
    cost: { ...cost },
    ...(models && { models: models.map(({ name, price }) => (price ? { name, price: { ...price } } : name)) }),
    shared,
  };
}
