import { agentKey, agentRef } from '../agents/agent-ref';
import type { Example } from '../learning/insights/example';
import { optimisationHypotheses } from '../learning/insights/optimisations';
import { groupBy, inOrder, sessionMeans, taskGroups } from '../learning/insights/units';
import { percent, scopeWords } from '../learning/insights/words';
import { kindKey, saysWho } from '../routing/preferred-agents';
import { preferKeyPrefix } from '../settings/preferences';
import { workspaceSettings } from '../settings/workspace-settings';
import type { Evidence } from './evidence';
import { floorCertainty, holdsFloor } from './floor';
import { differenceInterval, scaled } from './interval';
import type { PastAttempt } from './past-attempt';
import type { Candidate, Change } from './proposal';
import { ProposalKind } from './proposal';

/** Types of tasks that a cheaper agent does as well, and often enough: the tests are those of the insights, and of models. */
export function* moveCandidates(attempts: readonly PastAttempt[], evidence: Evidence): Iterable<Candidate> {
  const ordered = inOrder(evidence.examples);
  const floor = workspaceSettings(evidence.options).evidence;
  const groups = new Map(
    taskGroups(ordered).map(({ scope, examples: own }) => [
      JSON.stringify([scope.capability, scope.taskType]),
      groupBy(own, ({ agent }) => agent),
    ]),
  );
  for (const { p, matters, insight } of optimisationHypotheses(ordered)) {
    const { scope, feature, links, says } = insight();
    const { agent = '', capability = '', taskType = '' } = scope;
    const cheaper = feature['agent'] ?? '';
    const byAgent = groups.get(JSON.stringify([scope.capability, taskType]));
    const [dearAttempts, cheapAttempts] = [byAgent?.get(agent) ?? [], byAgent?.get(cheaper) ?? []];
    if (feature['measure'] !== 'cost') continue;
    const [dear, cheap] = [dearAttempts, cheapAttempts].map((some) => sessionMeans(some, ({ costUsd }) => costUsd));
    if (!dear || !cheap || Math.min(dear.length, cheap.length) < 2) continue;
    const saving = scaled(differenceInterval(dear, cheap), dearAttempts.length);
    const success = sessionMeans(cheapAttempts, (example) => example.success);
    const kind = { capability, taskType };
    const change = preferenceOf(cheaper, kind, dearAttempts, attempts, evidence);
    const name = nameOf(cheaper);
    yield {
      p: matters && holdsFloor(success, floor) ? p : 1,
      proposal: {
        kind: ProposalKind.move,
        says: `${says} That ${percent(floor.atLeast)} of its attempts succeed is ${percent(floorCertainty(success, floor))} sure.`,
        change,
        advice: change
          ? null
          : `Prefer ${name} to ${nameOf(agent)} for ${scopeWords({ ...(capability !== '' && { capability }), taskType })}: \`prefer: [${name}]\` in the \`agent\` of these tasks.`,
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

/** A preference of the workspace, where the dear attempts were free to go elsewhere, as far as it is known why they went there; else their plan files have the last word. */
function preferenceOf(
  cheaper: string,
  { capability, taskType }: { capability: string; taskType: string },
  dear: readonly Example[],
  attempts: readonly PastAttempt[],
  { workspace, options }: Evidence,
): Change | null {
  // An agent that a plan brings along is none of the workspace's.
  if (!cheaper.includes('/') || capability === '') return null;
  const own = new Set(dear);
  const routed = attempts.filter(({ example }) => own.has(example));
  const isFree = ({ assignment }: PastAttempt): boolean => !saysWho(assignment.inputs.requirement);
  if (2 * routed.length < dear.length || !routed.every(isFree)) return null;
  const key = `${preferKeyPrefix}${kindKey(capability, taskType)}` as const;
  const after = agentRef(agentKey(cheaper, workspace), workspace);
  return { of: 'settings', before: { [key]: options[key] ?? null }, after: { [key]: after } };
}

/** Examples name agents with their workspace, or their plan. */
function nameOf(agent: string): string {
  return agent.slice(Math.max(agent.indexOf('/'), agent.indexOf(':')) + 1);
}
