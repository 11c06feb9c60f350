import { OrchestraError } from '../../domain/errors';
import { formatPlanPath } from '../../domain/plan/issue';
import type { Plan } from '../../domain/plan/plan';
import { planFileSchema } from './plan-file';
import { describeSchemaFault, issuesOfSchema } from './schema-issues';

/**
 * The plan behind its canonical JSON, as a worker reads it from the store. Checks the form only: validatePlan checks the rest, and has done so
 * before the plan was stored. Throws PLAN_INVALID.
 */
export function parseCanonicalPlan(canonicalJson: string): Plan {
  let raw: unknown;
  try {
    raw = JSON.parse(canonicalJson);
  } catch (error) {
    throw new OrchestraError('PLAN_INVALID', 'The stored plan is no JSON: submit the plan file again', {
      cause: error,
    });
  }
  const result = parseSchema(raw);
  if (result.success) return result.data;
  const [first, ...others] = issuesOfSchema(result.error);
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  const where = first ? `${formatPlanPath(first.path)}: ${first.message}` : 'unknown fault';
  throw new OrchestraError('PLAN_INVALID', `The canonical plan does not have the form of a plan: ${where}${more}`);
}

function parseSchema(raw: unknown): ReturnType<typeof planFileSchema.safeParse> {
  try {
    return planFileSchema.safeParse(raw, { error: describeSchemaFault });
  } catch (error) {
    // Plans inside plans inside plans, until the stack is full.
    if (error instanceof RangeError)
      throw new OrchestraError('PLAN_INVALID', 'The plan is nested too deeply', { cause: error });
    throw error;
  }
}
