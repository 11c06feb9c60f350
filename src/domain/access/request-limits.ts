/** What requests are counted by. `logins`: requests with a token that is not known, by address. */
export const limitScopes = ['user', 'address', 'workspace', 'logins'] as const;
export type LimitScope = (typeof limitScopes)[number];

/** Requests a minute. As many may come at once; then the allowance grows back evenly. */
export type RequestLimits = Readonly<Record<LimitScope, number>>;

export const defaultRequestLimits: RequestLimits = { user: 3_000, address: 6_000, workspace: 30_000, logins: 20 };

const maxPerMinute = 100_000_000;

/**
 * `user=600,logins=5`: those that are not named keep their defaults. `off`: undefined, there are none. A text where what is written is neither: what
 * is wrong with it.
 */
export function parseRequestLimits(written: string): RequestLimits | undefined | string {
  if (written.trim() === 'off') return undefined;
  const limits: Record<LimitScope, number> = { ...defaultRequestLimits };
  for (const part of written.split(',')) {
    const [, name = '', digits = ''] = /^\s*(\w+)\s*=\s*([1-9]\d{0,8})\s*$/.exec(part) ?? [];
    const scope = limitScopes.find((one) => one === name);
    if (scope === undefined || Number(digits) > maxPerMinute) {
      return `takes "off", or requests a minute of ${limitScopes.join(', ')}, such as user=600,logins=5`;
    }
    limits[scope] = Number(digits);
  }
  return limits;
}
