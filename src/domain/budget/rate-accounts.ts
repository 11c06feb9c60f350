import type { AgentKey } from '../agents/agent';
import { splitInstance } from '../agents/agent-ref';
import { formatDuration, parseDuration } from '../duration';
import type { RateLimit } from '../rate-limit';
import type { AccountLimit } from './accounts';

/** Starts in windows of this length, as workspaces limit them: `rate/1m`. */
export type RatePeriod = `rate/${string}`;

/**
 * Starts are counted in accounts, one for each window, named by when that ends: `workspace/rate/1m/2026-11-22T12:35:00.000Z`, and
 * `agent/acme/ada/rate/1m/…` for an agent of acme on whatever hosts.
 */
export interface RateAccount {
  /** Of an agent: whose registry has it. */
  owner?: string;
  /** What comes before the end: the same for all windows. */
  series: string;
  windowMs: number;
  endsAt: number;
}

/** The account of a series that counts now; `now` in milliseconds since 1970, as all times here. */
function accountOf(series: string, windowMs: number, now: number): string {
  return `${series}/${new Date(windowEnd(windowMs, now)).toISOString()}`;
}

/** Windows begin at whole multiples of their length since 1970, in UTC. */
export function windowEnd(windowMs: number, now: number): number {
  return (Math.floor(now / windowMs) + 1) * windowMs;
}

export function workspaceRateAccount(period: RatePeriod, now: number): string {
  return accountOf(`workspace/${period}`, parseDuration(period.slice('rate/'.length)) ?? Infinity, now);
}

/** Names all windows of the agent, whose instances on hosts count together. */
export function agentRateSeries({ workspace, name }: AgentKey, windowMs: number): string {
  return `agent/${workspace}/${splitInstance(name).agent}/rate/${formatDuration(windowMs)}`;
}

export function agentStartLimit(agent: AgentKey, { starts, windowMs }: RateLimit, now: number): AccountLimit {
  return { account: accountOf(agentRateSeries(agent, windowMs), windowMs, now), unit: 'attempts', limit: starts };
}

/** Undefined for an account of anything else. */
export function readRateAccount(account: string): RateAccount | undefined {
  const match = /^((?:workspace|agent\/([^/]+)\/[^/]+)\/rate\/([^/]+))\/([^/]+)$/.exec(account);
  const [, series = '', owner, window = '', end = ''] = match ?? [];
  const windowMs = parseDuration(window);
  if (windowMs === undefined) return undefined;
  return { series, windowMs, endsAt: Date.parse(end), ...(owner !== undefined && { owner }) };
}

/** The account that counts now in place of one of starts; any other account as it is. */
export function accountAt(account: string, now: number): string {
  const rate = readRateAccount(account);
  return rate ? accountOf(rate.series, rate.windowMs, now) : account;
}

/** Whose account it is: one of an agent belongs to the workspace whose registry has it, whoever it works for. */
export function ownerOf(account: string, workspace: string): string {
  return readRateAccount(account)?.owner ?? workspace;
}
