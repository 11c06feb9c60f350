import type { AgentRecord } from '../../src/domain/agents/agent';
import { drawSeed } from '../../src/domain/learning/explore';
import { nothingLearned, recordOutcome } from '../../src/domain/learning/learned-record';
import type { Learned } from '../../src/domain/learning/learned-record';
import { emptyRecord } from '../../src/domain/learning/record-sums';
import { createRandom } from '../../src/domain/random';
import type { AgentProfile } from '../../src/domain/routing/agent-profile';
import { assign } from '../../src/domain/routing/assign';
import { Roster } from '../../src/domain/routing/roster';
import type { RoutingRequirement } from '../../src/domain/routing/routing-requirement';
import { routingSettings } from '../../src/domain/routing/settings';
import type { Policy } from './policies';
import { tasksAfterDrop } from './scenarios';
import type { Scenario } from './scenarios';

/** What a task came to. */
export interface Choice {
  /** Place in the scenario's list. */
  agent: number;
  /** How much more often the best one, at that time, succeeds. */
  regret: number;
  succeeded: boolean;
  costUsd: number;
  explored: boolean;
}

const workspace = 'bench';
const taskMs = 60_000;
const requirement: RoutingRequirement = {
  capability: 'work',
  technologies: [],
  tags: [],
  prefer: [],
  avoid: [],
  sameAs: [],
  exclude: [],
};

/**
 * One task after the other, through the functions that route sessions. The luck of an agent's next attempt is the same whatever the policy, so that
 * policies differ by their choices only.
 */
export function simulate(scenario: Scenario, policy: Policy, seed: number): Choice[] {
  const settings = routingSettings(policy.routing);
  const agents = simulatedAgents(scenario, seed);
  const roster = new Roster(agents.map((agent) => agent.profile(nothingLearned.record, {})));
  const learned = agents.map(() => nothingLearned);
  const best = scenario.rates.indexOf(Math.max(...scenario.rates));
  const tasks = scenario.choices + (scenario.dropsTo === undefined ? 0 : tasksAfterDrop);
  return Array.from({ length: tasks }, (_, task): Choice => {
    const rates = [...scenario.rates];
    if (task >= scenario.choices) rates[best] = scenario.dropsTo ?? 0;
    const attempt = drawSeed({ workspace, session: String(seed), run: `t${task}`, attempt: 1 });
    const [assignment] = assign(roster, [{ workspace, requirement, seed: attempt, settings }]);
    if (assignment?.kind !== 'assigned') throw new Error(`nobody took task ${task}: ${assignment?.message}`);
    roster.passTurn(requirement, workspace, assignment.agent);
    const chosen = agents.findIndex(({ name }) => name === assignment.agent.name);
    const rate = rates[chosen] ?? 0;
    const costUsd = scenario.costsUsd?.[chosen] ?? 0;
    const succeeded = (agents[chosen]?.luck() ?? 1) < rate;
    const known = scenario.costsUsd ? { costUsd } : {};
    const outcome = { success: succeeded ? 1 : 0, durationMs: taskMs, endedAt: task * taskMs, ...known };
    learned[chosen] = recordOutcome(learned[chosen] ?? nothingLearned, outcome, policy.learning);
    const ofType = policy.knowsTypes ? sumOf(learned) : undefined;
    agents.forEach((agent, at) => {
      if (at !== chosen && !ofType) return;
      roster.put(agent.profile((learned[at] ?? nothingLearned).record, ofType ? { ofType } : {}));
    });
    const explored = assignment.explored !== undefined;
    return { agent: chosen, regret: Math.max(...rates) - rate, succeeded, costUsd, explored };
  });
}

interface SimulatedAgent {
  name: string;
  /** Of its attempts, one after the other, 0–1. */
  luck: () => number;
  profile(record: AgentRecord, more: Pick<AgentProfile, 'ofType'>): AgentProfile;
}

/** Their names, which decide between equals, are in another order for each seed. */
function simulatedAgents({ rates, costsUsd }: Scenario, seed: number): SimulatedAgent[] {
  const order = createRandom('order', seed);
  const named = rates.map((_, at) => ({ at, key: order() })).sort((left, right) => left.key - right.key);
  return rates.map((_, at) => {
    const name = `agent-${named.findIndex((one) => one.at === at)}`;
    const perAttemptUsd = costsUsd?.[at];
    return {
      name,
      luck: createRandom('luck', seed, at),
      profile: (record, more) => ({
        workspace,
        name,
        type: 'simulated',
        connector: 'simulated',
        capabilities: [{ name: 'work', proficiency: 0.8, technologies: [] }],
        tags: [],
        cost: perAttemptUsd === undefined ? {} : { perAttemptUsd },
        shared: false,
        draining: false,
        maxConcurrent: 4,
        running: 0,
        record,
        ...more,
      }),
    };
  });
}

function sumOf(learned: readonly Learned[]): AgentRecord {
  return learned.reduce(
    (sum, { record }) => ({
      ...sum,
      succeeded: sum.succeeded + record.succeeded,
      failed: sum.failed + record.failed,
    }),
    emptyRecord,
  );
}
