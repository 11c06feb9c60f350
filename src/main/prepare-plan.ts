import type { LoadedPlan } from '../contracts/ports/plan-store';
import { canonicalPlan } from '../contracts/schemas/canonical-plan';
import { parseCanonicalPlan } from '../contracts/schemas/parse-canonical-plan';
import { outlineOf } from '../domain/plan/outline';
import type { Plan } from '../domain/plan/plan';
import { indexOutline } from '../domain/session/outline';

/** What workers need of a stored plan. */
export function preparePlan(canonical: string): Omit<LoadedPlan, 'hash'> {
  const plan = parseCanonicalPlan(canonical);
  return { plan, index: indexOutline(outlineOf(plan)) };
}

/** The plan and all plans inside it, as they are stored. */
export function planDocuments(plan: Plan): { hash: string; name: string; canonical: string }[] {
  const documents = new Map<string, { hash: string; name: string; canonical: string }>();
  const collect = (current: Plan): void => {
    const { hash, canonical } = canonicalPlan(current);
    if (documents.has(hash)) return;
    documents.set(hash, { hash, name: current.name, canonical });
    for (const { work } of Object.values(current.tasks)) if (work.kind === 'plan') collect(work.plan);
  };
  collect(plan);
  return [...documents.values()];
}
