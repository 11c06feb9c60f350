import { readResource } from '../conflicts/resource';
import type { Access } from '../conflicts/claim';
import type { IssueList } from './issue';
import type { Plan } from './plan';

/** Resources that are none. What templates will put in is checked when the task starts. */
export function validateResources(plan: Plan, issues: Pick<IssueList, 'add'>): void {
  for (const [name, { resources }] of Object.entries(plan.tasks)) {
    for (const access of ['writes', 'reads'] satisfies Access[]) {
      resources?.[access].forEach((text, at) => {
        const fault = faultOf(text);
        if (fault !== undefined) issues.add(['tasks', name, access, at], fault);
      });
    }
  }
}

function faultOf(text: string): string | undefined {
  const template = text.indexOf('${{');
  // The kind may come from a template as well; the end of the name may not be known either.
  if (template >= 0 && !text.slice(0, template).includes(':')) return undefined;
  const read = readResource(template >= 0 ? `${text.slice(0, template)}x` : text);
  return 'fault' in read ? read.fault : undefined;
}
