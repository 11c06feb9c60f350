import type { Example } from '../learning/insights/example';
import { optimisationHypotheses } from '../learning/insights/optimisations';
import { groupBy, inOrder, sessionMeans, taskGroups } from '../learning/insights/units';
import { scopeWords } from '../learning/insights/words';
import { differenceInterval, scaled } from './interval';
import type { Candidate } from './proposal';
import { ProposalKind } from './proposal';

/** Types of tasks that a cheaper agent does as well: the tests are those of the insights. */
export function* moveCandidates(examples: readonly Example[]): Iterable<Candidate> {
  const groups = new Map(
    taskGroups(inOrder(examples)).map(({ scope, examples: own }) => [
      JSON.stringify([scope.capability, scope.taskType]),
      groupBy(own, ({ agent }) => agent),
    ]),
  );
  for (const { p, matters, insight } of optimisationHypotheses(inOrder(examples))) {
    const { scope, feature, links, says } = insight();
    const { agent = '', capability, taskType } = scope;
    const cheaper = feature['agent'] ?? '';
    const byAgent = groups.get(JSON.stringify([capability, taskType]));
    const [dearAttempts, cheapAttempts] = [byAgent?.get(agent) ?? [], byAgent?.get(cheaper) ?? []];
    if (feature['measure'] !== 'cost') continue;
    const [dear, cheap] = [dearAttempts, cheapAttempts].map((some) => sessionMeans(some, ({ costUsd }) => costUsd));
    if (!dear || !cheap || Math.min(dear.length, cheap.length) < 2) continue;
    const saving = scaled(differenceInterval(dear, cheap), dearAttempts.length);
    yield {
      p: matters ? p : 1,
      proposal: {
        kind: ProposalKind.move,
        says,
        change: null,
        advice: `Prefer ${nameOf(cheaper)} to ${nameOf(agent)} for ${scopeWords({ ...(capability !== undefined && { capability }), ...(taskType !== undefined && { taskType }) })}: \`prefer: [${nameOf(cheaper)}]\` in the \`agent\` of these tasks.`,
        evidence: {
          sessions: dear.length + cheap.length,
          attempts: dearAttempts.length + cheapAttempts.length,
        },
        effect: { what: `cost of the ${dearAttempts.length} attempts of ${nameOf(agent)}`, unit: 'usd', ...saving },
        links,
      },
    };
  }
}

/** Examples name agents with their workspace, or their plan. */
function nameOf(agent: string): string {
  return agent.slice(Math.max(agent.indexOf('/'), agent.indexOf(':')) + 1);
}
