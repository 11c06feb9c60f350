import { agentId } from '../agents/agent-ref';
import type { Example } from '../learning/insights/example';
import { linksTo } from '../learning/insights/hypothesis';
import { savingBy } from '../learning/insights/savings';
import { groupBy, inOrder, sessionMeans, taskGroups } from '../learning/insights/units';
import { percent, scopeWords } from '../learning/insights/words';
import { mean } from '../learning/insights/statistics/summary';
import type { ModelOption } from '../models/model-option';
import { maxModels } from '../models/model-option';
import { usd } from '../routing/plain-words';
import { workspaceSettings } from '../settings/workspace-settings';
import { modelName } from '../usage/prices';
import type { Evidence } from './evidence';
import { floorCertainty, holdsFloor } from './floor';
import { differenceInterval, scaled } from './interval';
import type { Candidate } from './proposal';
import { ProposalKind } from './proposal';

/**
 * Models that agents with models of their own do not have, with which other agents do a type of task as well, often enough and for less. An agent that gets one
 * goes on choosing for each attempt: the model has to hold there too.
 */
export function* modelCandidatesToAdd(evidence: Evidence): Iterable<Candidate> {
  const { workspace, examples, options, models } = evidence;
  if (models.size === 0) return;
  const floor = workspaceSettings(options).evidence;
  for (const { scope, examples: ofType } of taskGroups(inOrder(examples))) {
    if (scope.capability === undefined) continue;
    const byModel = groupBy(
      ofType.filter(({ model }) => model !== null),
      ({ model }) => modelName(model ?? ''),
    );
    for (const [name, own] of models) {
      const id = agentId({ workspace, name });
      const dear = ofType.filter(({ agent }) => agent === id);
      for (const option of optionsOfOthers(name, own, models)) {
        const cheap = (byModel.get(modelName(option.name)) ?? []).filter(({ agent }) => agent !== id);
        const saving = savingBy(dear, cheap, ({ costUsd }) => costUsd);
        const [dearCosts, cheapCosts] = [costsOf(dear), costsOf(cheap)];
        if (!saving || Math.min(dearCosts.length, cheapCosts.length) < 2) continue;
        const { p, matters, success } = saving;
        yield {
          p: matters && holdsFloor(success.other, floor) ? p : 1,
          proposal: {
            kind: ProposalKind.model,
            says: `With ${option.name}, other agents do ${scopeWords(scope)} as well as ${name} (${percent(mean(success.other))} and ${percent(mean(success.own))} succeed) for ${usd(mean(cheapCosts))} instead of ${usd(mean(dearCosts))}. That ${percent(floor.atLeast)} of the attempts succeed with it is ${percent(floorCertainty(success.other, floor))} sure.`,
            change: { of: 'models', agent: { workspace, name }, before: [...own], after: [...own, option] },
            advice: null,
            evidence: {
              sessions: new Set([...dear, ...cheap].map(({ session }) => session)).size,
              attempts: dear.length + cheap.length,
            },
            effect: {
              what: `cost of the ${dear.length} attempts of ${name}`,
              unit: 'usd',
              ...scaled(differenceInterval(dearCosts, cheapCosts), dear.length),
            },
            links: linksTo(cheap),
          },
        };
      }
    }
  }
}

/** Those that an owner has written down for another agent, and that it does not have: what agents say of themselves is not passed on. */
function optionsOfOthers(name: string, own: readonly ModelOption[], models: Evidence['models']): ModelOption[] {
  if (own.length >= maxModels) return [];
  const has = new Set(own.map((option) => modelName(option.name)));
  const others = [...models].flatMap(([other, options]) => (other === name ? [] : options));
  const found = others.filter((option) => !has.has(modelName(option.name)));
  return [...new Map(found.map((option) => [modelName(option.name), option])).values()];
}

function costsOf(examples: readonly Example[]): number[] {
  return sessionMeans(examples, ({ costUsd }) => costUsd);
}
