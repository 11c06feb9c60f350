import type { z } from 'zod';
import { describeSchemaFault, issuesOfSchema } from '../contracts/schemas/schema-issues';
import { formatPlanPath } from '../domain/plan/issue';
import { pointerOf } from './pointer';
import { RequestFault } from './request-fault';

/** As many are told; a request can be wrong in a million places. */
const maxFaults = 20;

/** The body, the query or the parameters of the path as their schema knows them. Throws USAGE with everything that is wrong. */
export function parsePart<Schema extends z.ZodType>(
  part: 'body' | 'query' | 'path' | 'header',
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  if (part !== 'body') refuseNul(part, value);
  const parsed = schema.safeParse(value === undefined ? {} : value, { error: describeSchemaFault });
  if (parsed.success) return parsed.data;
  const issues = issuesOfSchema(parsed.error).slice(0, maxFaults);
  const words = issues.map(({ path, message }) =>
    path.length === 0 ? `the ${part} ${message}` : `${formatPlanPath(path)}: ${message}`,
  );
  throw new RequestFault(
    'USAGE',
    `The request was not understood: ${words.join('; ')}.`,
    issues.map(({ path, message }) => ({
      pointer: pointerOf(path),
      ...(part !== 'body' && { in: part }),
      detail: message,
    })),
  );
}

/** No name has one, and PostgreSQL cannot hold it. */
function refuseNul(part: 'query' | 'path' | 'header', value: unknown): void {
  for (const [name, text] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    if (![text].flat().some((one) => typeof one === 'string' && one.includes('\0'))) continue;
    const detail = 'must not hold the character NUL';
    const message = `The request was not understood: ${name}: ${detail}.`;
    throw new RequestFault('USAGE', message, [{ pointer: pointerOf([name]), in: part, detail }]);
  }
}
