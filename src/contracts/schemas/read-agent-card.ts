import type { JsonObject } from '../../domain/json';
import type { PlanIssue } from '../../domain/plan/issue';
import { namePattern } from '../../domain/plan/names';
import { schemaOfCard, unmetDemands } from './agent-card';
import type { AgentCard, CardInterface } from './agent-card';
import { placeIssue } from './place-issue';
import { describeSchemaFault, issuesOfSchema } from './schema-issues';
import type { SourceIssue } from './source-position';
import { parseYaml } from './yaml-source';

/** A card as the keys of an agent file, or everything that keeps it from being one. */
export interface CardReading {
  written?: JsonObject & { name: string };
  issues: SourceIssue[];
  /** What is no fault, but good to know. */
  notes: SourceIssue[];
}

export interface CardOptions {
  /** Instead of the card's own. */
  name?: string;
  /** Whether there are headers that may authenticate. */
  hasHeaders: boolean;
}

/** How whoever reads the messages says what the card leaves open. */
export interface CardWords {
  /** Another name. */
  name: string;
  named(name: string): string;
  /** A header with a secret. */
  header: string;
}

const optionWords: CardWords = {
  name: '--name',
  named: (name) => `--name ${name}`,
  header: `--header 'Authorization=Bearer \${{ secrets.TOKEN }}'`,
};

/** Reads an A2A agent card. Finds all issues and never throws for what stands in it. `words`: those of the command line, unless others are given. */
export function readAgentCard(
  file: string,
  text: string,
  { name, hasHeaders }: CardOptions,
  words = optionWords,
): CardReading {
  const source = parseYaml(text);
  const place = (issue: PlanIssue): SourceIssue => placeIssue(file, issue, source);
  if (source.issues.length > 0) return { issues: source.issues.map((issue) => ({ file, ...issue })), notes: [] };
  const parsed = schemaOfCard(source.value).safeParse(source.value, { error: describeSchemaFault });
  if (!parsed.success) return { issues: issuesOfSchema(parsed.error).map(place), notes: [] };
  const card = parsed.data;
  const skills = card.skills.map(({ id, tags }) => ({
    id,
    capability: asName(id),
    tags: [...new Set(tags.map(asName).filter((tag) => tag !== ''))],
  }));
  const connector = connectorOf(card.interfaces);
  const issues = [
    ...(name === undefined ? nameIssues(card.name, words) : []),
    ...(connector ? [] : [noInterface(card.interfaces)]),
    ...skillIssues(skills),
    ...unmetDemands(card),
  ];
  if (!connector || issues.length > 0) return { issues: issues.map(place), notes: [] };
  const written = {
    name: name ?? card.name,
    ...(card.description !== undefined && { description: card.description }),
    ...connector,
    capabilities: skills.map(({ capability, tags }) => ({ name: capability, technologies: tags })),
    tags: [...new Set(skills.flatMap(({ tags }) => tags))],
  };
  return { written, issues: [], notes: notesOn(card, skills, hasHeaders ? undefined : words).map(place) };
}

const transports: Record<string, string> = { JSONRPC: 'jsonrpc', 'HTTP+JSON': 'http+json' };

/** The first interface that can be spoken to: they stand in the order that the agent prefers. */
function connectorOf(interfaces: readonly CardInterface[]): JsonObject | undefined {
  for (const { url, binding, version, tenant = '' } of interfaces) {
    const transport = transports[binding.toUpperCase()];
    const protocolVersion = spokenVersion(version);
    if (transport !== undefined && protocolVersion !== undefined) {
      return { connector: 'a2a', url, transport, protocolVersion, ...(tenant !== '' && { tenant }) };
    }
  }
  return undefined;
}

/** Cards of 0.2 describe what 0.3 is as well. */
function spokenVersion(version: string): string | undefined {
  if (/^1(\.|$)/.test(version)) return '1.0';
  return /^0\.[23](\.|$)/.test(version) ? '0.3' : undefined;
}

/** The nearest text that may be a name; empty where there is none. */
function asName(written: string): string {
  return written
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
}

function nameIssues(name: string, words: CardWords): PlanIssue[] {
  if (namePattern.test(name)) return [];
  const suggested = asName(name.toLowerCase());
  const example = suggested === '' ? '' : `, e.g. ${words.named(suggested)}`;
  const message = `${JSON.stringify(name)} is no name for an agent (letters, digits, "-", "_" and ".", at most 63): choose one with ${words.name}${example}`;
  return [{ path: ['name'], message }];
}

function noInterface(interfaces: readonly CardInterface[]): PlanIssue {
  const there = interfaces.map(({ binding, version }) => `${binding} ${version}`).join(', ');
  return {
    path: interfaces[0]?.path ?? [],
    message: `none of its interfaces can be spoken to: JSONRPC or HTTP+JSON of version 1.0 or 0.3 is needed, and there is ${there}`,
  };
}

function skillIssues(skills: readonly { id: string; capability: string }[]): PlanIssue[] {
  const seen = new Set<string>();
  return skills.flatMap(({ id, capability }, index) => {
    const path = ['skills', index, 'id'];
    if (capability === '') return [{ path, message: `${JSON.stringify(id)} has nothing that a name can be made of` }];
    if (seen.has(capability)) return [{ path, message: `the capability "${capability}" is there twice` }];
    seen.add(capability);
    return [];
  });
}

function notesOn(
  { authentication }: AgentCard,
  skills: readonly { id: string; capability: string }[],
  words: CardWords | undefined,
): PlanIssue[] {
  const renamed = skills.flatMap(({ id, capability }, index) =>
    id === capability
      ? []
      : [{ path: ['skills', index, 'id'], message: `${JSON.stringify(id)} becomes the capability "${capability}"` }],
  );
  if (authentication.length === 0 || !words) return renamed;
  const message = `the agent asks for authentication (${[...new Set(authentication)].join(', ')}): name a header with a secret, e.g. ${words.header}`;
  return [...renamed, { path: [], message }];
}
