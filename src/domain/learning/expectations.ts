import type { AgentKey, AgentRecord } from '../agents/agent';
import { agentId } from '../agents/agent-ref';
import { upsert } from '../upsert';
import type { SuccessPrior } from './measured';
import { outcomesIn } from './record-sums';

/** What a workspace knows of an agent, of all that it did there. */
export interface KnownAgent {
  /** Whose knowledge it is. */
  workspace: string;
  agent: AgentKey;
  type: string;
  record: AgentRecord;
}

/** How agents do, each of them counted as one at most. */
interface Voices {
  succeeded: number;
  failed: number;
}

/** After so many outcomes an agent counts half: five agents that are known a little tell more of a sixth than one that is known well. */
const halfVoiceOutcomes = 5;

/** Agents that what is expected beforehand is worth: beside others of the workspace, and beside others of the type, which are more alike. */
const strengths = { workspace: 8, type: 2 };

const silent: Voices = { succeeded: 0, failed: 0 };

/** Of a workspace: of all, of each type, and of each agent by `agentId`. */
interface KnownVoices {
  all: Voices;
  types: Map<string, Voices>;
  own: Map<string, Voices & { type: string }>;
}

const noVoices = (): KnownVoices => ({ all: silent, types: new Map(), own: new Map() });

/**
 * What is to be expected of an agent by what others came to: others of its workspace, then others of its type there. As old as the records that it is
 * made of.
 */
export class Expectations {
  private readonly workspaces = new Map<string, KnownVoices>();

  constructor(agents: Iterable<KnownAgent> = []) {
    for (const { workspace, agent, type, record } of agents) {
      if (outcomesIn(record) === 0) continue;
      const known = upsert(this.workspaces, workspace, noVoices);
      const voice = voiceOf(record);
      known.all = both(known.all, voice);
      known.types.set(type, both(known.types.get(type) ?? silent, voice));
      known.own.set(agentId(agent), { ...voice, type });
    }
  }

  /**
   * The prior of an agent in a workspace; the same object where nothing is known of others. Others raise what is expected, and never lower it: who is never
   * tried because of others could not show better. It weighs as much as the workspace's prior, however much is known.
   */
  of(workspace: string, agent: AgentKey, type: string, prior: SuccessPrior): SuccessPrior {
    const known = this.workspaces.get(workspace);
    if (!known) return prior;
    const own = known.own.get(agentId(agent));
    const ofType = known.types.get(type) ?? silent;
    const inWorkspace = meanAfter(less(known.all, ofType), prior.mean, strengths.workspace);
    const others = own?.type === type ? less(ofType, own) : ofType;
    const mean = meanAfter(others, inWorkspace, strengths.type);
    // What rounding adds is no better expectation: equals stay equal.
    return mean - prior.mean > 1e-9 ? { mean, weight: prior.weight } : prior;
  }
}

function voiceOf({ succeeded, failed }: AgentRecord): Voices {
  const share = 1 / (succeeded + failed + halfVoiceOutcomes);
  return { succeeded: share * succeeded, failed: share * failed };
}

function meanAfter({ succeeded, failed }: Voices, expected: number, strength: number): number {
  return (strength * expected + succeeded) / (strength + succeeded + failed);
}

function both(one: Voices, other: Voices): Voices {
  return { succeeded: one.succeeded + other.succeeded, failed: one.failed + other.failed };
}

/** What rounding leaves below nothing is nothing. */
function less(all: Voices, part: Voices): Voices {
  return {
    succeeded: Math.max(0, all.succeeded - part.succeeded),
    failed: Math.max(0, all.failed - part.failed),
  };
}
