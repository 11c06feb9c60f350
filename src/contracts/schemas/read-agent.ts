import type { AgentDefinition } from '../../domain/agents/agent';
import type { JsonObject } from '../../domain/json';
import { agentDefinitionSchema } from './agent-definition';
import { placeIssue } from './place-issue';
import { describeSchemaFault, issuesOfSchema } from './schema-issues';
import type { SourceIssue, SourcePosition } from './source-position';
import { parseYaml } from './yaml-source';
import type { YamlSource } from './yaml-source';

/** An agent that can be registered, or everything that keeps it from it. */
export interface AgentReading {
  definition?: AgentDefinition;
  /** Where its name stands. */
  at?: SourcePosition;
  issues: SourceIssue[];
  /** What is no fault, but good to know. */
  notes: SourceIssue[];
}

/** Reads an agent file, YAML or JSON. Finds all issues and never throws for what stands in the file. */
export function readAgent(file: string, text: string): AgentReading {
  const source = parseYaml(text);
  const issues = source.issues.map((issue) => ({ file, ...issue }));
  if (source.value === undefined || issues.length > 0) return { issues, notes: [] };
  if (typeof source.value !== 'object' || source.value === null || Array.isArray(source.value)) {
    const message = 'is no agent: an agent is a map with "name" and "connector"';
    return { issues: [{ file, line: 1, column: 1, message }], notes: [] };
  }
  return readDefinition(file, source.value, source);
}

function readDefinition(file: string, written: JsonObject, source: Pick<YamlSource, 'locate'>): AgentReading {
  const parsed = agentDefinitionSchema.safeParse(written, { error: describeSchemaFault });
  if (parsed.success) return { definition: parsed.data, at: source.locate(['name']), issues: [], notes: [] };
  return { issues: issuesOfSchema(parsed.error).map((issue) => placeIssue(file, issue, source)), notes: [] };
}
