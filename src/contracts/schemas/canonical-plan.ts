import { createHash } from 'node:crypto';
import { canonicalJson } from '../../domain/canonical-json';
import type { Plan } from '../../domain/plan/plan';
import { writePlanFile } from './write-plan-file';

/** A plan in the form that is stored, and the version of the plan that follows from it. */
export interface CanonicalPlan {
  /** JSON with sorted keys, every default written out, sub-plans embedded. Itself a plan file. */
  canonical: string;
  /** SHA-256 of it in hexadecimal. */
  hash: string;
}

/** Equal plans have equal canonical forms, however their files were written. */
export function canonicalPlan(plan: Plan): CanonicalPlan {
  const canonical = canonicalJson(writePlanFile(plan));
  return { canonical, hash: createHash('sha256').update(canonical).digest('hex') };
}
