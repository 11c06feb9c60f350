import { didYouMean } from '../did-you-mean';
import { graphOf } from './graph';
import type { IssueList } from './issue';
import { taskOfAnonymousAgent } from './names';
import type { Plan } from './plan';
import { upstreamOf } from './upstream';

/** Tasks whose agents are wanted again, or not: they have to have ended by then, and to be done by agents. */
export function validateAffinity(plan: Plan, issues: Pick<IssueList, 'add'>): void {
  const asking = Object.entries(plan.tasks).flatMap(([name, { work }]) =>
    work.kind === 'agent' && !('name' in work.agent) && (work.agent.sameAs ?? work.agent.notSameAs)
      ? [{ name, requirement: work.agent }]
      : [],
  );
  if (asking.length === 0) return;
  const upstream = upstreamOf(graphOf(plan));
  for (const { name, requirement } of asking) {
    for (const key of ['sameAs', 'notSameAs'] as const) {
      requirement[key]?.forEach((other, at) => {
        const fault = faultOf(other);
        if (fault !== undefined) issues.add(['tasks', name, 'agent', key, at], fault);
        else if (upstream.isOrdered(name) && !upstream.isUpstream(other, name)) {
          issues.add(
            ['tasks', name, 'agent', key, at],
            `"${other}" has not ended before "${name}" starts: add it to "needs"`,
          );
        }
      });
    }
    const both = requirement.sameAs?.find((other) => requirement.notSameAs?.includes(other));
    if (both !== undefined) {
      issues.add(['tasks', name, 'agent', 'notSameAs'], `"${both}" is in "sameAs" as well: it cannot be in both`);
    }
  }

  function faultOf(other: string): string | undefined {
    const work = plan.tasks[other]?.work;
    if (!work) return `there is no task "${other}"${didYouMean(other, Object.keys(plan.tasks))}`;
    const isByAgent =
      work.kind === 'agent' && !('name' in work.agent && taskOfAnonymousAgent(work.agent.name) !== undefined);
    return isByAgent ? undefined : `"${other}" is not done by an agent: only tasks with "agent" have one`;
  }
}
