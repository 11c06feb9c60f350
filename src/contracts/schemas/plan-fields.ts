import { z } from 'zod';
import { knownAgentTypes } from '../../domain/agents/agent-type';
import { didYouMean } from '../../domain/did-you-mean';
import { maxUsd } from '../../domain/budget/amounts';
import { durationPattern, parseDuration } from '../../domain/duration';
import type { Json } from '../../domain/json';
import { maxRecall, usualRecall } from '../../domain/memory/prompt-with-memories';
import { planLimits } from '../../domain/plan/limits';
import { identifierPattern, instancePattern, namePattern, refusedKeys } from '../../domain/plan/names';
import { formatRateLimit, parseRateLimit, rateLimitForm } from '../../domain/rate-limit';

/** An object without keys beyond these. The message about unknown ones has one line for each, in their order. */
export function strictObject<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownKey(key, known)).join('\n') : undefined,
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  // A line break in a key would look like the end of its message.
  const shown = JSON.stringify(key);
  return `unknown key ${shown}${didYouMean(key, known) || `; known are ${known.join(', ')}`}`;
}

const durationForm = 'must be a duration such as 500ms, 10s, 20m, 2h or 1d';

/** A duration in its written form; becomes milliseconds. */
export function duration(description: string, minimumMs = 1): z.ZodType<number, string> {
  return z
    .string(durationForm)
    .regex(durationPattern, durationForm)
    .transform((text, context) => {
      const durationMs = parseDuration(text);
      if (durationMs !== undefined && durationMs >= minimumMs) return durationMs;
      const message = durationMs === undefined ? 'is longer than a year' : `must be at least ${minimumMs}ms`;
      context.issues.push({ code: 'custom', message, input: text });
      return z.NEVER;
    })
    .describe(description);
}

/** Attempts that may start in a window, as `100/1m`; equal limits become equal texts. */
export const rateLimit = z.string(rateLimitForm).transform((text, context) => {
  const limit = parseRateLimit(text);
  if (limit) return formatRateLimit(limit);
  context.issues.push({ code: 'custom', message: rateLimitForm, input: text });
  return z.NEVER;
});

export const identifier = z
  .string()
  .regex(identifierPattern, 'must be letters, digits and "_", not begin with a digit, and have at most 63 characters')
  .refine((name) => !refusedKeys.has(name), 'is reserved by JavaScript: choose another name');

export const name = z.string().regex(namePattern, 'must be letters, digits, "-", "_" and ".", at most 63 characters');

/** An agent, or the one on a host. */
export const agentName = z
  .string()
  .regex(
    instancePattern,
    'must be letters, digits, "-", "_" and ".", at most 63 characters; with @ and a host behind it, the one there',
  );

/** A name that is a key of an object. */
export const keyName = name.refine((key) => !refusedKeys.has(key), 'is reserved by JavaScript: choose another name');

/** Of an agent, where its owner says it. */
export const agentTypeName = name
  .exactOptional()
  .describe(`What kind of agent it is: ${knownAgentTypes.join(', ')}, or any other name. Default: its connector.`);

/** How many memories go before a prompt. */
export const remember = z
  .union([z.boolean(), z.int().min(0).max(maxRecall)], `must be true, false, or a number up to ${maxRecall}`)
  .transform((said) => (typeof said === 'boolean' ? (said ? usualRecall : 0) : said));

/** What an agent costs; a part that is left out is unknown. */
export const costRates = strictObject({
  perAttemptUsd: usd('Of an attempt, in US dollars.').exactOptional(),
  perHourUsd: usd('Of an hour of work, in US dollars.').exactOptional(),
}).describe('What it is expected to cost. Unknown where it is left out.');

function usd(description: string): z.ZodNumber {
  return z.number().min(0, 'must not be negative').max(maxUsd).describe(description);
}

/** How an agent worked: more than is kept may be said. */
export const reportedWork = {
  tools: z.array(z.string().min(1).max(1_000)).max(100_000).exactOptional(),
  filesChanged: z.array(z.string().min(1).max(10_000)).max(100_000).exactOptional(),
  messages: z.int().min(0).max(1_000_000_000).exactOptional(),
};

/** Any JSON value without reserved keys, not nested deeper than the limit. */
export const jsonValue = z.custom<Json>(
  (value) => isJson(value, planLimits.depth),
  `must be a JSON value, at most ${planLimits.depth} levels deep, without keys that JavaScript reserves`,
);

function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth === 0) return false;
  return Object.entries(value).every(([key, member]) => !refusedKeys.has(key) && isJson(member, depth - 1));
}
