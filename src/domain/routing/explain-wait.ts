import { didYouMean } from '../did-you-mean';
import { startsWords } from '../budget/starts-words';
import { agentWords, count, list, places } from './plain-words';
import { hasHostPlace, hasStart } from './ranking';
import type { GivenAttempts } from './ranking';
import { hasCapability, hasTags, hasTechnologies, hasType } from './requirement-match';
import { takesWork } from './agent-profile';
import type { AgentProfile } from './agent-profile';
import type { Roster, RosterEntry } from './roster';
import type { RoutingRequirement } from './routing-requirement';

/** The first three stay until the registry or the task changes; the others pass. */
export type WaitReason =
  'no-such-agent' | 'no-agent-can' | 'all-excluded' | 'all-draining' | 'all-offline' | 'all-busy';

/** Nobody can take the task now. */
export interface Wait {
  kind: 'wait';
  reason: WaitReason;
  /** In plain words. */
  message: string;
  /** Agents that meet the requirement, and what keeps them. */
  candidates: number;
  excluded: number;
  draining: number;
  offline: number;
  busy: number;
}

export interface WaitingRequest {
  workspace: string;
  requirement: RoutingRequirement;
  members: readonly RosterEntry[];
  excluded: ReadonlySet<RosterEntry>;
  given: GivenAttempts;
  maxLoad: number;
}

const namesShown = 3;

export function explainWait(roster: Roster, request: WaitingRequest): Wait {
  const { workspace, members, excluded } = request;
  const left = members.filter((entry) => !excluded.has(entry));
  const offline = left.filter(({ profile }) => !profile.draining && profile.offline);
  const busy = left.filter(({ profile }) => takesWork(profile));
  const counts = {
    candidates: members.length,
    excluded: members.length - left.length,
    draining: left.length - offline.length - busy.length,
    offline: offline.length,
    busy: busy.length,
  };
  const wait = (reason: WaitReason, message: string): Wait => ({ kind: 'wait', reason, message, ...counts });
  const shown = (entries: readonly RosterEntry[]) =>
    someOf(entries.map(({ profile }) => agentWords(profile, workspace)));

  if (members.length === 0) return wait(...nobodyCan(roster, request));
  if (left.length === 0) return wait('all-excluded', `All that meet the requirement are excluded: ${shown(members)}.`);
  const others = (amount: number, state: string): string => (amount > 0 ? ` ${count(amount, 'other')} ${state}.` : '');
  const excludedWords = others(counts.excluded, 'excluded');
  const besides = `${others(counts.draining, 'draining')}${excludedWords}`;
  if (busy.length === 0 && offline.length > 0) {
    return wait(
      'all-offline',
      `All that meet the requirement are offline: ${offlineWords(request, offline)}.${besides}`,
    );
  }
  if (busy.length === 0) {
    return wait('all-draining', `All that meet the requirement are draining: ${shown(left)}.${excludedWords}`);
  }
  return wait('all-busy', `${busyWords(request, busy)}${others(counts.offline, 'offline')}${besides}`);
}

function busyWords({ workspace, given, maxLoad }: WaitingRequest, busy: readonly RosterEntry[]): string {
  const running = (entry: RosterEntry): number => entry.running + (given.get(entry) ?? 0);
  const words = busy.map((entry) => {
    const { host, profile } = entry;
    const { maxConcurrent } = profile;
    if (!hasStart(entry, given)) return `${agentWords(profile, workspace)} (has started ${startsOf(entry, given)})`;
    const words =
      host && !hasHostPlace(entry, given)
        ? `its host has ${places({ running: host.running + (given.get(host) ?? 0), maxConcurrent: host.maxConcurrent })}`
        : places({ running: running(entry), maxConcurrent });
    return `${agentWords(profile, workspace)} (${words})`;
  });
  const keepsPlaces = busy
    .slice(0, namesShown)
    .some(
      (entry) => hasHostPlace(entry, given) && hasStart(entry, given) && running(entry) < entry.profile.maxConcurrent,
    );
  const rule = keepsPlaces ? ` An agent takes new work below ${Math.round(maxLoad * 100)} % of its places.` : '';
  return `All that meet the requirement are busy: ${someOf(words)}.${rule}`;
}

function startsOf({ starts, profile }: RosterEntry, given: GivenAttempts): string {
  if (!starts || !profile.rateLimit) return '';
  return startsWords({ ...starts, used: starts.used + (given.get(starts) ?? 0), limit: profile.rateLimit.starts });
}

function offlineWords({ workspace }: WaitingRequest, offline: readonly RosterEntry[]): string {
  return someOf(offline.map(({ profile }) => `${agentWords(profile, workspace)} (${sinceWords(profile)})`));
}

function sinceWords({ offline }: AgentProfile): string {
  const lastSeenAt = offline?.lastSeenAt ?? null;
  return lastSeenAt === null ? 'never seen' : `last seen ${new Date(lastSeenAt).toISOString()}`;
}

function nobodyCan(roster: Roster, { workspace, requirement }: WaitingRequest): [WaitReason, string] {
  const { names } = requirement;
  const asked = [...new Set(names)].flatMap((name) => roster.named(name, workspace));
  const visible = names ? asked.map(({ profile }) => profile) : [...roster.visible(workspace)];
  if (names && visible.length === 0) {
    const known = [...roster.visible(workspace)].map(({ name }) => name).sort();
    return ['no-such-agent', list(names.map((name) => `There is no agent "${name}"${didYouMean(name, known)}.`))];
  }
  const who = names ? `of ${list(names)}, none` : 'no agent';
  return ['no-agent-can', `${sentence(missing(visible, requirement, who))}.`];
}

/** The first thing asked for that leaves nobody, in the order in which it is asked. */
function missing(agents: AgentProfile[], requirement: RoutingRequirement, who: string): string {
  const { capability, technologies, tags, type } = requirement;
  const able = agents.filter((agent) => hasCapability(agent, requirement));
  if (able.length === 0 && capability !== undefined) {
    const known = new Set(agents.flatMap((agent) => agent.capabilities.map(({ name }) => name)));
    return `${who} has the capability "${capability}"${didYouMean(capability, [...known].sort())}`;
  }
  const withIt = capability === undefined ? '' : ` with the capability "${capability}"`;
  const skilled = able.filter((agent) => hasTechnologies(agent, requirement));
  if (skilled.length === 0 && able.length > 0) return `${who}${withIt} knows ${list(technologies)}`;
  const types = new Set(agents.map((agent) => agent.type));
  const tagged = skilled.filter((agent) => hasTags(agent, requirement));
  if (tagged.length === 0 && skilled.length > 0) return `${who}${withIt} has all tags asked for: ${list(tags)}`;
  const typed = tagged.filter((agent) => hasType(agent, requirement));
  if (typed.length === 0 && tagged.length > 0)
    return `${who}${withIt} is of type ${type}${didYouMean(type ?? '', types)}`;
  return 'no agent is registered';
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The first three, and how many there are besides. */
function someOf(words: readonly string[]): string {
  if (words.length <= namesShown) return list(words);
  return list([...words.slice(0, namesShown), `${words.length - namesShown} more`]);
}
