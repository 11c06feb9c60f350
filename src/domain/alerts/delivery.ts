const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** For a receiver to answer. */
export const answerWithinMs = 5_000;

/** After each try the next one, roughly as Standard Webhooks asks for it; after the last, every five hours. */
const pausesMs = [5_000, minuteMs, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 5 * hourMs];

/**
 * From the beginning of a try to that of the next one: it has had all its time to be answered by then, so that no message is under way twice. `tries`: those
 * that were made or begun, at least one. `chance`, of 0 to 1, makes the pause a fifth shorter to longer.
 */
export function nextTryAfter(tries: number, chance: number): number {
  const pauseMs = pausesMs[Math.min(tries, pausesMs.length) - 1] ?? 5 * hourMs;
  return answerWithinMs + Math.round(pauseMs * (0.8 + 0.4 * chance));
}

/** What a receiver answered, or why there is no answer. `retryAfterMs`: it asks to be left alone for so long. */
export type DeliveryAnswer = { status: number; retryAfterMs?: number } | { problem: string };

/** The longest that a receiver is left alone for because it asks for that: half a year would be a way to lose what it is to hear. */
const longestRestMs = 24 * hourMs;

/** For so long nothing is sent again, whatever the pause is; 0 where nobody asked. */
export function restAfter(answer: DeliveryAnswer): number {
  return 'problem' in answer ? 0 : Math.min(answer.retryAfterMs ?? 0, longestRestMs);
}

/** `gone`: it says that it wants nothing any more, neither this nor what comes later. */
export function judgeAnswer(answer: DeliveryAnswer): 'delivered' | 'gone' | 'again' {
  if ('problem' in answer) return 'again';
  if (answer.status >= 200 && answer.status < 300) return 'delivered';
  return answer.status === 410 ? 'gone' : 'again';
}

export function answerWords(answer: DeliveryAnswer): string {
  return 'problem' in answer ? answer.problem : `HTTP ${answer.status}`;
}
