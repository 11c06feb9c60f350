import type { PlanPath } from '../domain/plan/issue';

/** RFC 6901. */
export function pointerOf(path: PlanPath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
