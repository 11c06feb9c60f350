import { z } from 'zod';
import type { PlanIssue, PlanPath } from '../../domain/plan/issue';

/** How an agent can be reached, wherever its card says so. */
export interface CardInterface {
  path: PlanPath;
  url: string;
  binding: string;
  version: string;
  tenant?: string | undefined;
}

/** What is used of a card, whatever version of the protocol it was written for. */
export interface AgentCard {
  name: string;
  description?: string | undefined;
  /** In the order of preference. */
  interfaces: CardInterface[];
  skills: { id: string; tags: string[] }[];
  extensions: { uri: string; required: boolean }[];
  /** Ways to authenticate, of which the agent asks for one. */
  authentication: string[];
}

const text = z.string().min(1);

const url = z
  .string()
  .refine((address) => /^https?:\/\//.test(address) && URL.canParse(address) && !address.includes('${{'), {
    message: 'must be an address that begins with https:// or http://',
  });

const common = {
  name: text,
  description: z.string().optional(),
  skills: z.array(z.object({ id: text, tags: z.array(z.string()).default([]) })),
  capabilities: z
    .object({ extensions: z.array(z.object({ uri: text, required: z.boolean().default(false) })).default([]) })
    .default({ extensions: [] }),
};

const requirements = z.array(z.record(z.string(), z.unknown())).default([]);

/** Of version 1.0. */
const modernCard = z
  .object({
    ...common,
    supportedInterfaces: z
      .array(z.object({ url, protocolBinding: text, protocolVersion: text, tenant: z.string().optional() }))
      .min(1),
    securityRequirements: requirements,
  })
  .transform(({ supportedInterfaces, securityRequirements, ...card }) => ({
    ...card,
    interfaces: supportedInterfaces.map(({ protocolBinding: binding, protocolVersion: version, ...others }, index) => ({
      ...others,
      binding,
      version,
      path: ['supportedInterfaces', index],
    })),
    authentication: securityRequirements.flatMap(({ schemes }) => Object.keys(schemes ?? {})),
  }));

/** Of the versions before, which call things otherwise. */
const legacyCard = z
  .object({
    ...common,
    url,
    preferredTransport: text.default('JSONRPC'),
    protocolVersion: text.default('0.3'),
    additionalInterfaces: z.array(z.object({ url, transport: text })).default([]),
    security: requirements,
  })
  .transform(({ url: main, preferredTransport, protocolVersion, additionalInterfaces, security, ...card }) => ({
    ...card,
    interfaces: [
      { url: main, binding: preferredTransport, version: protocolVersion, path: ['url'] },
      ...additionalInterfaces.map(({ url: other, transport }, index) => ({
        url: other,
        binding: transport,
        version: protocolVersion,
        path: ['additionalInterfaces', index],
      })),
    ],
    authentication: security.flatMap((requirement) => Object.keys(requirement)),
  }));

/** The schema that a value is meant for, if it is meant as a card at all. */
export function schemaOfCard(value: unknown): z.ZodType<AgentCard> {
  const isLegacy = typeof value === 'object' && value !== null && 'url' in value && !('supportedInterfaces' in value);
  const schema: z.ZodType<Omit<AgentCard, 'extensions'> & { capabilities: Pick<AgentCard, 'extensions'> }> = isLegacy
    ? legacyCard
    : modernCard;
  return schema.transform(({ capabilities, ...card }) => ({ ...card, extensions: capabilities.extensions }));
}

/** What keeps agents from being asked, though their cards are well-formed. */
export function unmetDemands({ extensions }: AgentCard): PlanIssue[] {
  return extensions.flatMap(({ uri, required }, index) =>
    required
      ? [
          {
            path: ['capabilities', 'extensions', index],
            message: `the agent insists on the extension ${uri}, which is not known here`,
          },
        ]
      : [],
  );
}
