import { activityKey } from '../../src/domain/learning/belief';
import { Expectations } from '../../src/domain/learning/expectations';
import { drawSeed } from '../../src/domain/learning/explore';
import { nothingLearned, recordOutcome } from '../../src/domain/learning/learned-record';
import type { Learned } from '../../src/domain/learning/learned-record';
import { proficiencyStep } from '../../src/domain/learning/proficiency';
import { createRandom } from '../../src/domain/random';
import { knownAgents } from '../../src/domain/routing/agent-profile';
import type { AgentProfile } from '../../src/domain/routing/agent-profile';
import { assign } from '../../src/domain/routing/assign';
import { Roster, rosterMaxAgeMs } from '../../src/domain/routing/roster';
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
const capability = 'work';
const declaredProficiency = 0.8;
const requirement: RoutingRequirement = {
  capability,
  technologies: [],
  tags: [],
  prefer: [],
  avoid: [],
  sameAs: [],
  exclude: [],
};

/**
 * One task after the other, through the functions that learn and route: each outcome is learnt before the next task, what is known of all together is as
 * old as the roster of a worker. The luck of an agent's next attempt is the same whatever the policy, so that policies differ by their choices only.
 */
export function simulate(scenario: Scenario, policy: Policy, seed: number): Choice[] {
  const settings = routingSettings(policy.routing);
  const agents = simulatedAgents(scenario, seed);
  const best = scenario.rates.indexOf(Math.max(...scenario.rates));
  const tasks = scenario.choices + (scenario.dropsTo === undefined ? 0 : tasksAfterDrop);
  let roster = new Roster();
  return Array.from({ length: tasks }, (_, task): Choice => {
    if ((task * taskMs) % rosterMaxAgeMs === 0) roster = rosterOf(agents, policy);
    const rates = [...scenario.rates];
    if (task >= scenario.choices) rates[best] = scenario.dropsTo ?? 0;
    const attempt = drawSeed({ workspace, session: String(seed), run: `t${task}`, attempt: 1 });
    const [assignment] = assign(roster, [{ workspace, requirement, seed: attempt, settings }]);
    if (assignment?.kind !== 'assigned') throw new Error(`nobody took task ${task}: ${assignment?.message}`);
    roster.passTurn(requirement, workspace, assignment.agent);
    const chosen = agents.findIndex(({ name }) => name === assignment.agent.name);
    const agent = agents[chosen];
    if (!agent) throw new Error(`nobody is called ${assignment.agent.name}`);
    const rate = rates[chosen] ?? 0;
    const costUsd = scenario.costsUsd?.[chosen] ?? 0;
    const succeeded = agent.luck() < rate;
    const known = scenario.costsUsd ? { costUsd } : {};
    learn(agent, { success: succeeded ? 1 : 0, durationMs: taskMs, endedAt: task * taskMs, ...known }, policy);
    roster.put(profileOf(agent));
    const explored = assignment.explored !== undefined;
    return { agent: chosen, regret: Math.max(...rates) - rate, succeeded, costUsd, explored };
  });
}

interface SimulatedAgent {
  name: string;
  perAttemptUsd: number | undefined;
  learned: Learned;
  /** That it is taken for. */
  proficiency: number;
  /** Of its attempts, one after the other, 0–1. */
  luck: () => number;
}

/** Their names, which decide between equals, are in another order for each seed. */
function simulatedAgents({ rates, costsUsd }: Scenario, seed: number): SimulatedAgent[] {
  const order = createRandom('order', seed);
  const named = rates.map((_, at) => ({ at, key: order() })).sort((left, right) => left.key - right.key);
  return rates.map((_, at) => ({
    name: `agent-${named.findIndex((one) => one.at === at)}`,
    perAttemptUsd: costsUsd?.[at],
    learned: nothingLearned,
    proficiency: declaredProficiency,
    luck: createRandom('luck', seed, at),
  }));
}

/** As a learning worker does. */
function learn(agent: SimulatedAgent, outcome: Parameters<typeof recordOutcome>[1], policy: Policy): void {
  agent.learned = recordOutcome(agent.learned, outcome, policy.learning);
  if (policy.keepsProficiency) return;
  const proficiency = { declared: declaredProficiency, current: agent.proficiency };
  agent.proficiency = proficiencyStep(capability, proficiency, agent.learned.record)?.to ?? agent.proficiency;
}

/** As a session worker reads it. */
function rosterOf(agents: readonly SimulatedAgent[], { ignoresOthers }: Policy): Roster {
  const profiles = agents.map(profileOf);
  return new Roster(profiles, new Expectations(ignoresOthers ? [] : profiles.flatMap(knownAgents)));
}

function profileOf({ name, perAttemptUsd, learned: { record }, proficiency }: SimulatedAgent): AgentProfile {
  return {
    workspace,
    name,
    type: 'simulated',
    connector: 'simulated',
    capabilities: [{ name: capability, proficiency, technologies: [] }],
    tags: [],
    cost: perAttemptUsd === undefined ? {} : { perAttemptUsd },
    shared: false,
    draining: false,
    maxConcurrent: 4,
    running: 0,
    record,
    records: new Map([
      [activityKey({ capability }), record],
      [activityKey({ capability, taskType: 'task' }), record],
    ]),
  };
}
