import type { z } from 'zod';
import { agentDefinitionSchema } from '../../contracts/schemas/agent-definition';
import { ownAgentPath } from '../../contracts/schemas/api/agent';
import { cardImport, cardUpdate, importedAgent, markdownImport } from '../../contracts/schemas/api/agent-import';
import { cardFor } from '../../contracts/schemas/card-for-agent';
import { agentEtag } from '../../contracts/schemas/etags';
import { readAgent } from '../../contracts/schemas/read-agent';
import { readAgentCard } from '../../contracts/schemas/read-agent-card';
import type { CardWords } from '../../contracts/schemas/read-agent-card';
import { describeSchemaFault, issuesOfSchema } from '../../contracts/schemas/schema-issues';
import { bareMessage, formatSourceIssue } from '../../contracts/schemas/source-position';
import type { SourceIssue } from '../../contracts/schemas/source-position';
import { writeAgentDefinition } from '../../contracts/schemas/write-agent-definition';
import type { AgentDefinition, AgentKey } from '../../domain/agents/agent';
import { agentsInvalid } from '../../domain/agents/agent-errors';
import { OrchestraError } from '../../domain/errors';
import { requireMatch } from '../../domain/if-match';
import type { IfMatch } from '../../domain/if-match';
import type { JsonObject } from '../../domain/json';
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
  const show = async (
    workspace: string,
    { definition: { name }, notes }: Imported,
  ): Promise<z.input<typeof importedAgent>> => {
    const whole = presentWhole(await agents.find(workspace, { workspace, name }), workspace);
    return { ...whole, notes: notes.map(({ message }) => message) };
  };
  const add = async (
    workspace: string,
    imported: Imported,
    seed: string | undefined,
  ): Promise<Reply<z.input<typeof importedAgent>>> => {
    await agents.add(workspace, [imported.definition], seed);
    return { body: await show(workspace, imported), location: agentUrl(imported.definition.name) };
  };
  const update = async (
    { workspace, name }: AgentKey,
    said: z.output<typeof cardUpdate>,
    ifMatch: IfMatch,
  ): Promise<Imported> => {
    for (;;) {
      const present = await agents.find(workspace, { workspace, name });
      requireMatch(ifMatch, agentEtag(present), `Agent "${name}"`);
      const updated = agentOfCard({ ...said, name }, present);
      try {
        await agents.replace(workspace, [updated.definition], [agentEtag(present)]);
        return updated;
      } catch (error) {
        // What stays of it is that of the one that was changed in between.
        if (!(error instanceof OrchestraError) || error.code !== 'PRECONDITION_FAILED') throw error;
      }
    }
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
    defineRoute({
      method: 'PUT',
      url: '/v1/agents/{agent}/card',
      tag: 'Agents',
      summary: 'Take over what an A2A card says of an agent; the rest of its definition stays.',
      path: ownAgentPath,
      body: cardUpdate,
      answer: importedAgent,
      errors: ['AGENT_NOT_FOUND', 'AGENT_INVALID', 'PRECONDITION_FAILED'],
      handle: async ({ path: { agent: name }, body, principal: { workspace }, ifMatch }) => ({
        body: await show(workspace, await update({ workspace, name }, body, ifMatch)),
      }),
    }),
  ];
}

/** How a request says what the card leaves open. */
const requestWords: CardWords = {
  name: '"name"',
  named: (name) => `"name": ${JSON.stringify(name)}`,
  header: `"settings": { "headers": { "Authorization": "Bearer \${{ secrets.TOKEN }}" } }`,
};

/** `present`: what the agent is now, where there is one. Throws AGENT_INVALID with everything that is wrong. */
function agentOfCard({ card, name, settings }: z.output<typeof cardImport>, present?: AgentDefinition): Imported {
  const text = JSON.stringify(card, undefined, 1);
  // Those that the agent has stay.
  const hasHeaders = present !== undefined || settings['headers'] !== undefined;
  const options = { ...(name !== undefined && { name }), hasHeaders };
  const { written, issues, notes } = readAgentCard('card', text, options, requestWords);
  if (!written) {
    throw invalid(issues.map((issue) => ({ path: ['card', ...(issue.path ?? [])], detail: bareMessage(issue) })));
  }
  const parsed = agentDefinitionSchema.safeParse(
    { ...(present ? besideCard(present, written) : written), ...settings, name: written.name },
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

/** The keys of an agent file of an agent that is there, with what a card says of it. Another connector begins with none of the settings of the one before. */
function besideCard(present: AgentDefinition, card: JsonObject): JsonObject {
  const kept = Object.entries(writeAgentDefinition(present)).filter(([key]) => !Object.hasOwn(present.connector, key));
  return { ...Object.fromEntries(kept), ...cardFor(present, card) };
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
