import { agentType } from '../agents/agent-type';
import type { Offline } from '../agents/status';
import type { AccountLimit } from '../budget/accounts';
import { agentStartLimit } from '../budget/rate-accounts';
import type { BreakerState } from '../health/breaker-state';
import type { KnownModels } from '../models/model-candidates';
import type { ModelCost } from '../models/model-costs';
import type { ModelOption } from '../models/model-option';
import { parseRateLimit } from '../rate-limit';
import type { RateLimit } from '../rate-limit';
import type { KnownRecords } from '../learning/belief';
import type { KnownAgent } from '../learning/expectations';
import { emptyRecord } from '../learning/record-sums';
import type { HandoverRecords } from '../learning/handovers';
import type { Decline } from '../learning/change';
import type { AgentDefinition, AgentKey, AgentRecord, Capability, CostRates } from '../agents/agent';

/** What routing reads of an agent. */
export interface AgentProfile extends AgentKey, KnownModels, KnownRecords {
  /** What requirements ask for. */
  type: string;
  /** What it is reached by. */
  connector: string;
  capabilities: Capability[];
  tags: string[];
  cost: CostRates;
  shared: boolean;
  draining: boolean;
  /** While nobody is there to do its work. */
  offline?: Offline;
  /** While its circuit breaker is not closed. */
  breaker?: BreakerState;
  maxConcurrent: number;
  /** Attempts in flight, whatever sessions and workspaces they are of. */
  running: number;
  /** The room of its host, which it shares with the other agents there. */
  hostRoom?: Room;
  rateLimit?: RateLimit;
  /** What it has started, on whatever hosts, in a window: where it has a limit of that. */
  starts?: Starts;
  /** Where it succeeds less often lately than before. */
  decline?: Decline;
  /** How it went on from the results of others, where that is known. */
  handovers?: HandoverRecords;
  /** That it can be told to use. */
  models?: readonly ModelOption[];
  /** What these are expected to cost. */
  modelCosts?: readonly ModelCost[];
  /** Where it is shared, how other workspaces see it; absent: as its own does. */
  elsewhere?: SeenElsewhere;
}

/** An agent as workspaces see it that are not its own: what is learnt stays in the workspace that learnt it, unless both want it to cross. */
export interface SeenElsewhere {
  /** By workspaces that know something of it. */
  by: ReadonlyMap<string, AgentProfile>;
  /** By all others: as its owner declares it. */
  byOthers: AgentProfile;
}

/** The agent as a workspace sees it. */
export function seenFrom(profile: AgentProfile, workspace: string): AgentProfile {
  if (!profile.elsewhere || workspace === profile.workspace) return profile;
  return profile.elsewhere.by.get(workspace) ?? profile.elsewhere.byOthers;
}

/** The workspaces that know something of it, each with what it sees. */
export function* viewsOf(profile: AgentProfile): Generator<[workspace: string, seen: AgentProfile]> {
  yield [profile.workspace, profile];
  if (profile.elsewhere) yield* profile.elsewhere.by;
}

/** What each of them knows of all that it did there. */
export function knownAgents(profile: AgentProfile): KnownAgent[] {
  const { type } = profile;
  return [...viewsOf(profile)].map(([workspace, { record }]) => ({ workspace, agent: profile, type, record }));
}

/** The profile with another view in place of each; `workspace`: whose it is, absent for that of all who know nothing. */
export function changingViews(
  profile: AgentProfile,
  change: (seen: AgentProfile, workspace?: string) => AgentProfile,
): AgentProfile {
  const { elsewhere } = profile;
  const changed = change(profile, profile.workspace);
  if (!elsewhere) return changed;
  const by = new Map([...elsewhere.by].map(([workspace, seen]) => [workspace, change(seen, workspace)]));
  return { ...changed, elsewhere: { by, byOthers: change(elsewhere.byOthers) } };
}

/** Places for attempts. */
export interface Room {
  maxConcurrent: number;
  running: number;
}

/** What an agent, on whatever hosts, has started in a window. */
export interface Starts {
  used: number;
  windowMs: number;
  /** Milliseconds since 1970. */
  endsAt: number;
}

/** The account of its starts at `now`; undefined where these have no limit. */
export function startLimitOf(
  agent: Pick<AgentProfile, 'workspace' | 'name' | 'rateLimit'>,
  now: number,
): AccountLimit | undefined {
  return agent.rateLimit && agentStartLimit(agent, agent.rateLimit, now);
}

/** Whether it is given new work at all, room or not. */
export function takesWork({ draining, offline, breaker }: AgentProfile): boolean {
  return !draining && !offline && breaker?.state !== 'open';
}

export function profileOf(
  agent: AgentDefinition & AgentKey & { draining: boolean; offline?: Offline; breaker?: BreakerState },
  running: number,
  record: AgentRecord = emptyRecord,
): AgentProfile {
  const { workspace, name, connector, capabilities, tags, cost, shared, draining, offline, breaker, maxConcurrent } =
    agent;
  const { models } = agent;
  const rateLimit = agent.rateLimit === undefined ? undefined : parseRateLimit(agent.rateLimit);
  return {
    workspace,
    name,
    type: agentType(agent),
    connector: connector.connector,
    capabilities,
    tags,
    cost,
    shared,
    draining,
    ...(offline && { offline }),
    ...(breaker && { breaker }),
    maxConcurrent,
    ...(rateLimit && { rateLimit }),
    ...(models && { models }),
    running,
    record,
  };
}
