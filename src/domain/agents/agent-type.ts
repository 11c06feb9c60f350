import { closestName } from '../did-you-mean';

/** Types that programs know by name; others are as good. */
export const knownAgentTypes = [
  'claude-code',
  'codex',
  'copilot',
  'cursor',
  'gemini',
  'a2a',
  'mcp',
  'http',
  'command',
  'function',
  'remote',
  'simulated',
  'transform',
] as const;

/** Of a definition, or of an agent of a plan. */
export interface TypedAgent {
  /** As its owner says. */
  type?: string;
  connector: string | { connector: string };
}

/** What kind of agent it is, whatever it is reached by: where its owner says nothing, the name of its connector. */
export function agentType({ type, connector }: TypedAgent): string {
  return type ?? (typeof connector === 'string' ? connector : connector.connector);
}

/** The known type that an unknown one is a slip of, most likely. */
export function misspeltType(type: string): string | undefined {
  return knownAgentTypes.some((known) => known === type) ? undefined : closestName(type, knownAgentTypes);
}
