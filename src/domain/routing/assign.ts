import { agentKey, agentRef } from '../agents/agent-ref';
import { activityKey } from '../learning/belief';
import type { Activity } from '../learning/belief';
import { knownHandovers } from '../learning/handovers';
import { mayExplore } from '../learning/explore';
import { canonicalJson } from '../canonical-json';
import { seenFrom } from './agent-profile';
import { termInputs } from './attempt-terms';
import type { AttemptTerms, TermSettings } from './attempt-terms';
import type { Assignment, AssignmentInputs, CandidateInputs } from './assignment';
import { maxEvaluated } from './assignment';
import { assignmentTo, termsOf } from './build-assignment';
import type { AssignmentTerms } from './build-assignment';
import { evaluate } from './evaluate';
import { explainWait } from './explain-wait';
import type { Wait } from './explain-wait';
import { knownOfAttempt } from '../prediction/known-of-attempt';
import type { KnownOfAttempt } from '../prediction/known-of-attempt';
import { ordinaryRank, preferencesOf } from './preferences';
import type { Preferences } from './preferences';
import { rankingOf } from './kept-rankings';
import { canTake, give } from './ranking';
import type { AskedFor, GivenAttempts, Ranking } from './ranking';
import type { CandidatePool, Roster, RosterEntry } from './roster';
import { positionIn } from './roster';
import { excluding, membershipKey } from './routing-requirement';
import type { RoutingRequirement } from './routing-requirement';
import { routingSettings } from './settings';
import type { RoutingSettings } from './settings';
import type { StrategyName } from './strategies';
import { upsert } from '../upsert';

export interface RoutingRequest {
  /** Of the session. */
  workspace: string;
  requirement: RoutingRequirement;
  /** Of its workspace; those of the batch where it has none. The same object for all of a workspace. */
  settings?: RoutingSettings;
  /** What an attempt that may explore draws by: another for each. Without one it goes to who is believed to be best. */
  seed?: string;
  /** Requests of the same race get different agents. */
  race?: string;
  /** What its outcome will be learnt as; the attempt is predicted by that. */
  activity?: Activity & { taskType: string };
  /** What the plan says of the attempt, and the workspace of such things; without them neither model nor timeout is chosen. */
  terms?: AttemptTerms;
  termSettings?: TermSettings;
}

/**
 * An agent for each request, in order; each raises the load of its agent for those after it. The roster stays as it is: the caller sets
 * what runs once the leases are taken. Throws a RangeError where the settings are no good.
 */
export function assign(
  roster: Roster,
  requests: readonly RoutingRequest[],
  options: Partial<RoutingSettings> = {},
): (Assignment | Wait)[] {
  return choose(roster, requests, options).map((choice) => (choice.kind === 'chosen' ? choice.explain() : choice));
}

/** The same in two steps: who gets what, and how, is known before it is worked out what is to be said of it. */
export function choose(
  roster: Roster,
  requests: readonly RoutingRequest[],
  options: Partial<RoutingSettings> = {},
): (Choice | Wait)[] {
  const batch = new Batch(roster, routingSettings(options));
  return requests.map((request) => batch.choose(request));
}

/** That an agent does an attempt. */
export interface Choice extends Pick<Assignment, 'agent' | 'strategy'>, AssignmentTerms {
  kind: 'chosen';
  /** Why. */
  explain(): Assignment;
}

class Batch {
  private readonly given: GivenAttempts = new Map();
  private readonly rankings = new Map<RoutingSettings, Map<CandidatePool, Ranking>>();
  /** Settings with the strategy of a task in place of their own. */
  private readonly variants = new Map<RoutingSettings, Map<StrategyName, RoutingSettings>>();
  /** What the requests of a race got so far. */
  private readonly racing = new Map<string, string[]>();
  /** What attempts are predicted from, by what they do. */
  private readonly known = new Map<RosterEntry, Map<string, KnownOfAttempt>>();
  /** Room only shrinks within a batch: whoever asks the same waits for the same reason. */
  private readonly waits = new Map<string, Wait>();

  constructor(
    private readonly roster: Roster,
    private readonly settings: RoutingSettings,
  ) {}

  choose(request: RoutingRequest): Choice | Wait {
    const { workspace, race } = request;
    const requirement = excluding(request.requirement, this.agentsOf(race));
    const settings = this.settingsOf(request);
    const pool = this.roster.candidatesFor(requirement, workspace);
    const preferences = preferencesOf(requirement, (name) => this.roster.named(name, workspace));
    const ranking = this.ranking(pool, settings, { workspace, capability: requirement.capability });
    const candidates = this.candidates(pool, requirement, preferences, ranking);
    if (candidates.length === 0) return this.wait({ workspace, requirement }, pool, preferences, settings.maxLoad);
    // Written out, as all that is made for each of hundreds of attempts: objects that are spread into others cost more than what is worked out.
    const { strategy, weights, prior, maxLoad, exploration, seed, counter } = ranking.settings;
    const inputs: AssignmentInputs = {
      strategy,
      weights,
      prior,
      maxLoad,
      exploration,
      seed,
      counter,
      workspace,
      requirement,
      members: pool.length,
      excluded: [...preferences.excluded].filter(({ profile }) => positionIn(pool, profile) >= 0).length,
      evaluated: candidates,
    };
    if (request.seed !== undefined && mayExplore(request.seed, exploration)) inputs.draw = request.seed;
    const best = evaluate(inputs).slice(0, maxEvaluated);
    const [first] = best;
    if (!first) throw new RangeError('nothing was left of candidates that were there');
    const { agent, position } = first.inputs;
    const chosen = pool[position]?.entry;
    if (chosen) give(chosen, this.given);
    if (race !== undefined) this.agentsOf(race).push(agentRef(agent, workspace));
    inputs.evaluated = best.map((candidate) => candidate.inputs);
    if (chosen) Object.assign(inputs, termsFor(chosen, request, settings));
    const terms = termsOf(inputs);
    return {
      kind: 'chosen',
      agent,
      strategy,
      ...terms,
      explain: () => {
        const known = chosen && this.knownOf(chosen, request);
        if (known) inputs.known = known;
        return assignmentTo(best, inputs, terms);
      },
    };
  }

  private knownOf(entry: RosterEntry, { workspace, activity }: RoutingRequest): KnownOfAttempt | undefined {
    if (!activity) return undefined;
    const ofEntry = upsert(this.known, entry, () => new Map<string, KnownOfAttempt>());
    const { profile } = entry;
    const isAmongThem = profile.workspace === workspace || profile.elsewhere?.by.has(workspace) === true;
    return upsert(ofEntry, JSON.stringify([workspace, activityKey(activity)]), () =>
      knownOfAttempt(seenFrom(profile, workspace), activity, {
        ofAll: this.roster.activities.of(workspace, activity),
        isAmongThem,
      }),
    );
  }

  private agentsOf(race: string | undefined): string[] {
    return race === undefined ? [] : upsert(this.racing, race, () => []);
  }

  /** Those with room that the preferences name, and the best of all others. */
  private candidates(
    pool: CandidatePool,
    requirement: RoutingRequirement,
    { ranks, excluded }: Preferences,
    ranking: Ranking,
  ): CandidateInputs[] {
    const { settings } = ranking;
    const ordinary = ranking
      .best(maxEvaluated, (entry) => ranks.has(entry) || excluded.has(entry))
      .map((position) => this.candidate(pool, position, ordinaryRank(requirement), requirement, ranking));
    const ranked = [...ranks]
      .filter(([entry]) => canTake(entry, this.given, settings.maxLoad))
      .map(([entry, rank]) => this.candidate(pool, positionIn(pool, entry.profile), rank, requirement, ranking));
    return [...ordinary, ...ranked].filter((candidate) => candidate !== undefined);
  }

  private settingsOf({ requirement: { strategy }, settings = this.settings }: RoutingRequest): RoutingSettings {
    if (strategy === undefined || strategy === settings.strategy) return settings;
    const variants = upsert(this.variants, settings, () => new Map<StrategyName, RoutingSettings>());
    return upsert(variants, strategy, () => ({ ...settings, strategy }));
  }

  private ranking(pool: CandidatePool, settings: RoutingSettings, asked: AskedFor): Ranking {
    const ofSettings = upsert(this.rankings, settings, () => new Map<CandidatePool, Ranking>());
    return upsert(ofSettings, pool, () => {
      const counter = settings.counter + this.roster.turnOf(pool);
      const ofTurn = settings.strategy === 'round_robin' ? { ...settings, counter } : settings;
      return rankingOf(this.roster, pool, ofTurn, asked, this.given);
    });
  }

  private candidate(
    pool: CandidatePool,
    position: number,
    rank: number,
    requirement: RoutingRequirement,
    { asked, settings }: Ranking,
  ): CandidateInputs | undefined {
    const member = pool[position];
    if (!member) return undefined;
    const { entry, specialisation } = member;
    const seen = seenFrom(entry.profile, asked.workspace);
    const { workspace, name, cost, maxConcurrent, breaker, decline, modelCosts } = seen;
    const belief = this.roster.believed(asked.workspace, seen, requirement, settings.prior);
    const given = this.given.get(entry) ?? 0;
    const running = entry.running + given;
    const agent = { workspace, name };
    const { record } = belief;
    // Hundreds a turn, of which most have nothing of the rest.
    const candidate: CandidateInputs = {
      agent,
      rank,
      position,
      specialisation,
      record,
      cost,
      running,
      given,
      maxConcurrent,
    };
    if (belief.prior !== settings.prior) candidate.prior = belief.prior;
    if (belief.timing) candidate.timing = belief.timing;
    if (breaker?.state === 'half-open') candidate.onTrial = breaker.why;
    if (decline) candidate.decline = decline;
    if (modelCosts) candidate.modelCosts = modelCosts;
    if (requirement.givers) {
      const givers = requirement.givers.map((giver) => agentKey(giver, workspace));
      const handovers = knownHandovers(seen.handovers, givers);
      if (handovers.length > 0) candidate.handovers = handovers;
    }
    return candidate;
  }

  private wait(
    { workspace, requirement }: RoutingRequest,
    pool: CandidatePool,
    { excluded }: Preferences,
    maxLoad: number,
  ): Wait {
    const key = canonicalJson([workspace, membershipKey(requirement), [...requirement.exclude].sort(), maxLoad]);
    const known = this.waits.get(key);
    if (known) return known;
    const members = pool.map(({ entry }) => entry);
    const wait = explainWait(this.roster, { workspace, requirement, members, excluded, given: this.given, maxLoad });
    this.waits.set(key, wait);
    return wait;
  }
}

function termsFor(
  { profile }: RosterEntry,
  { workspace, terms, termSettings }: RoutingRequest,
  { prior }: RoutingSettings,
): ReturnType<typeof termInputs> {
  return terms && termSettings ? termInputs(seenFrom(profile, workspace), terms, termSettings, prior) : {};
}
