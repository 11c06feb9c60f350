import type { AgentDefinition } from '../../domain/agents/agent';
import { misspeltType } from '../../domain/agents/agent-type';
import type { JsonObject } from '../../domain/json';
import type { PlanIssue } from '../../domain/plan/issue';
import { agentDefinitionSchema } from './agent-definition';
import { claudeCodeAgent } from './claude-code-agent';
import { readFrontMatter } from './front-matter';
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

type Located = Pick<YamlSource, 'locate'>;

/** Reads an agent file: Markdown with front matter where its name ends with .md, else YAML or JSON. Finds all issues and never throws for what stands in it. */
export function readAgent(file: string, text: string): AgentReading {
  return file.toLowerCase().endsWith('.md') ? readMarkdown(file, text) : readYaml(file, text);
}

function readYaml(file: string, text: string): AgentReading {
  const source = parseYaml(text);
  const issues = source.issues.map((issue) => ({ file, ...issue }));
  if (source.value === undefined || issues.length > 0) return { issues, notes: [] };
  if (typeof source.value !== 'object' || source.value === null || Array.isArray(source.value)) {
    const message = 'is no agent: an agent is a map with "name" and "connector"';
    return { issues: [{ file, line: 1, column: 1, message }], notes: [] };
  }
  return readDefinition(file, source.value, source);
}

/** The text below the front matter is the instructions. Without a connector, it is a subagent of Claude Code. */
function readMarkdown(file: string, text: string): AgentReading {
  const source = readFrontMatter(text);
  if (!source.written) return { issues: source.issues.map((issue) => ({ file, ...issue })), notes: [] };
  const { written, body } = source;
  if ('connector' in written) {
    if ('instructions' in written && body !== '') {
      const message = 'is there twice: the text below the front matter is the instructions';
      return { issues: [placeIssue(file, { path: ['instructions'], message, atKey: true }, source)], notes: [] };
    }
    return readDefinition(file, { ...written, ...(body !== '' && { instructions: body }) }, source);
  }
  const agent = claudeCodeAgent(written, body);
  return readDefinition(file, agent.written, source, agent);
}

function readDefinition(
  file: string,
  written: JsonObject,
  source: Located,
  found: { issues: PlanIssue[]; notes: PlanIssue[] } = { issues: [], notes: [] },
): AgentReading {
  const parsed = agentDefinitionSchema.safeParse(written, { error: describeSchemaFault });
  const place = (issue: PlanIssue): SourceIssue => placeIssue(file, issue, source);
  const issues = [...found.issues, ...(parsed.success ? [] : issuesOfSchema(parsed.error))].map(place);
  if (!parsed.success || issues.length > 0) return { issues, notes: [] };
  const notes = [...found.notes, ...typeNotes(parsed.data), ...textNotes(parsed.data)].map(place);
  return { definition: parsed.data, at: source.locate(['name']), issues, notes };
}

/** Any name is a type; but a slip would be found by nobody. */
function typeNotes({ type = '' }: AgentDefinition): PlanIssue[] {
  const known = misspeltType(type);
  return known === undefined
    ? []
    : [{ path: ['type'], message: `"${type}" is no type that is known, which is no fault (did you mean "${known}"?)` }];
}

/** Texts about agents hold templates of other programs, so they are no fault; but nobody should wait for a secret there. */
function textNotes({ description, instructions }: AgentDefinition): PlanIssue[] {
  return Object.entries({ description, instructions }).flatMap(([key, text]) =>
    /(?<!\$)\$\{\{\s*secrets\b/.test(text ?? '')
      ? [{ path: [key], message: 'holds no templates: what looks like a secret in it stays as it is written' }]
      : [],
  );
}
