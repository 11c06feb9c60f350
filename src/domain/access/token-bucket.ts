/** How many requests are still allowed, as it was at a time (milliseconds since 1970). Below 0 where more were made than allowed. */
export interface TokenBucket {
  tokens: number;
  at: number;
}

/** The bucket as it is now: it fills up within a minute, and holds no more than a minute's requests. A clock that went back adds nothing. */
export function refill({ tokens, at }: TokenBucket, perMinute: number, now: number): TokenBucket {
  const elapsedMs = Math.max(0, now - at);
  return { tokens: Math.min(perMinute, tokens + (elapsedMs * perMinute) / 60_000), at: Math.max(at, now) };
}

/** Until there are so many tokens, at least 0. */
export function secondsUntil(wanted: number, { tokens }: TokenBucket, perMinute: number): number {
  return Math.max(0, Math.ceil(((wanted - tokens) * 60) / perMinute));
}
