import type { AgentDefinition } from '../../domain/agents/agent';
import type { JsonObject } from '../../domain/json';

/** What a card changes about an agent that is there: headers stay, and how good its owner says that it is at what. */
export function cardFor({ connector, capabilities }: AgentDefinition, card: JsonObject): JsonObject {
  const proficiencies = new Map(capabilities.map(({ name, proficiency }) => [name, proficiency]));
  const written = (card['capabilities'] ?? []) as { name: string }[];
  return {
    ...card,
    ...(connector.connector === 'a2a' && { headers: connector.headers }),
    capabilities: written.map((one) => ({ ...one, proficiency: proficiencies.get(one.name) ?? 1 })),
  };
}
