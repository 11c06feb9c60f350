import type { PreferredAgents } from '../routing/preferred-agents';

/** `prefer.CAPABILITY/TYPE`: whom tasks of the kind go to first. */
export const preferKeyPrefix = 'prefer.';

/** Those of a workspace's options. */
export function preferredAgents(options: object): PreferredAgents {
  const written = Object.entries(options).filter(([key]) => key.startsWith(preferKeyPrefix));
  return new Map(written.map(([key, agent]) => [key.slice(preferKeyPrefix.length), String(agent)]));
}

/** Any kind of task may have one: types are made up by plans. */
export function isPreferKey(key: string): boolean {
  return /^prefer\.[\w.-]{1,63}\/[\w.-]{1,63}$/.test(key);
}

/** The name of an agent, or of one that another workspace shares. */
export function isPreferredAgent(value: unknown): boolean {
  return typeof value === 'string' && /^([\w.-]{1,63}\/)?[\w.-]{1,63}(@[\w.-]{1,63})?$/.test(value);
}
