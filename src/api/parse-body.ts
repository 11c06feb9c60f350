import type { z } from 'zod';
import { describeSchemaFault, issuesOfSchema } from '../contracts/schemas/schema-issues';
import { OrchestraError } from '../domain/errors';
import { formatPlanPath } from '../domain/plan/issue';

/** The body as its schema knows it. Throws USAGE with everything that is wrong. */
export function parseBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body ?? {}, { error: describeSchemaFault });
  if (parsed.success) return parsed.data;
  const faults = issuesOfSchema(parsed.error).map(({ path, message }) =>
    path.length === 0 ? `the body ${message}` : `${formatPlanPath(path)}: ${message}`,
  );
  throw new OrchestraError('USAGE', `The request was not understood: ${faults.slice(0, 20).join('; ')}.`);
}
