import type { z } from 'zod';
import { agentDefinitionSchema } from '../../contracts/schemas/agent-definition';
import { cardImport, importedAgent, markdownImport } from '../../contracts/schemas/api/agent-import';
import { readAgent } from '../../contracts/schemas/read-agent';
import { readAgentCard } from '../../contracts/schemas/read-agent-card';
import type { CardWords } from '../../contracts/schemas/read-agent-card';
import { describeSchemaFault, issuesOfSchema } from '../../contracts/schemas/schema-issues';
import { bareMessage, formatSourceIssue } from '../../contracts/schemas/source-position';
import type { SourceIssue } from '../../contracts/schemas/source-position';
import type { AgentDefinition } from '../../domain/agents/agent';
import { agentsInvalid } from '../../domain/agents/agent-errors';
import type { PlanPath } from '../../domain/plan/issue';
import type { Gateway } from '../gateway';
import { pointerOf } from '../pointer';
import { agentUrl, presentWhole } from '../present/agent';
import { RequestFault } from '../request-fault';
import type { Fault } from '../request-fault';
import { defineRoute } from '../route';
import type { AnyRoute, Reply } from '../route';

/** A definition that was read, with what is good to know of it. */
interface Imported {
  definition: AgentDefinition;
  notes: SourceIssue[];
}

/** Agents of what others describe them by. */
export function agentImportRoutes({ agents }: Pick<Gateway, 'agents'>): AnyRoute[] {
  const common = {
    method: 'POST',
    tag: 'Agents',
    answer: importedAgent,
    statuses: [201],
    errors: ['AGENT_EXISTS', 'AGENT_INVALID'],
  } as const;
  const add = async (
    workspace: string,
    { definition, notes }: Imported,
    seed: string | undefined,
  ): Promise<Reply<z.input<typeof importedAgent>>> => {
    await agents.add(workspace, [definition], seed);
    const { name } = definition;
    const added = presentWhole(await agents.find(workspace, { workspace, name }), workspace);
    return {
      body: { ...added, notes: notes.map(({ message }) => message) },
      location: agentUrl(name),
    };
  };
  return [
    defineRoute({
      ...common,
      url: '/v1/agent-imports/card',
      summary: 'Register an agent by its A2A card.',
      body: cardImport,
      handle: ({ body, principal, seed }) => add(principal.workspace, agentOfCard(body), seed),
    }),
    defineRoute({
      ...common,
      url: '/v1/agent-imports/markdown',
      summary: 'Register an agent by a Markdown text with front matter.',
      body: markdownImport,
      handle: ({ body, principal, seed }) => add(principal.workspace, agentOfMarkdown(body.text), seed),
    }),
  ];
}

/** How a request says what the card leaves open. */
const requestWords: CardWords = {
  name: '"name"',
  named: (name) => `"name": ${JSON.stringify(name)}`,
  header: `"settings": { "headers": { "Authorization": "Bearer \${{ secrets.TOKEN }}" } }`,
};

/** Throws AGENT_INVALID with everything that is wrong. */
function agentOfCard({ card, name, settings }: z.output<typeof cardImport>): Imported {
  const text = JSON.stringify(card, undefined, 1);
  const options = { ...(name !== undefined && { name }), hasHeaders: settings['headers'] !== undefined };
  const { written, issues, notes } = readAgentCard('card', text, options, requestWords);
  if (!written) {
    throw invalid(issues.map((issue) => ({ path: ['card', ...(issue.path ?? [])], detail: bareMessage(issue) })));
  }
  const parsed = agentDefinitionSchema.safeParse(
    { ...written, ...settings, name: written.name },
    { error: describeSchemaFault },
  );
  if (parsed.success) return { definition: parsed.data, notes };
  throw invalid(
    issuesOfSchema(parsed.error).map(({ path, message }) => {
      const isSaid = typeof path[0] === 'string' && Object.hasOwn(settings, path[0]);
      return { path: isSaid ? ['settings', ...path] : ['card'], detail: message };
    }),
  );
}

/** Throws AGENT_INVALID with everything that is wrong. */
function agentOfMarkdown(text: string): Imported {
  const { definition, issues, notes } = readAgent('text.md', text);
  if (definition) return { definition, notes };
  // A text is one value of the request.
  throw invalid(issues.map((issue) => ({ path: ['text'], detail: formatSourceIssue(issue) })));
}

function invalid(found: readonly { path: PlanPath; detail: string }[]): RequestFault {
  const faults: Fault[] = found.map(({ path, detail }) => ({ pointer: pointerOf(path), detail }));
  const { code, message } = agentsInvalid(faults.map(({ pointer, detail }) => `${pointer}: ${detail}`));
  return new RequestFault(code, message, faults);
}
