import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { IdempotencyKey, IdempotencyStore, StoredAnswer } from '../contracts/ports/idempotency-store';
import type { Principal } from '../domain/access/roles';
import { OrchestraError, errorTable } from '../domain/errors';

/** What takes longer is taken for dead, and may be done again. */
const lockMs = 60_000;

/** Between tries to keep an answer: a database that starts anew is back by then, and whoever asked has not given up. */
const keepPausesMs = [50, 250, 1_000];

export const idempotencyKeyPattern = /^[\x21-\x7e]{1,255}$/;

/** A key as a client sent it. Throws USAGE. */
export function readIdempotencyKey(
  header: string | string[] | undefined,
  principal: Principal,
): IdempotencyKey | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !idempotencyKeyPattern.test(header)) {
    throw new OrchestraError(
      'USAGE',
      'The Idempotency-Key is not usable: send one, of 1 to 255 printable characters without blanks, such as a UUID.',
    );
  }
  return { workspace: principal.workspace, subject: principal.subject, key: header };
}

/** Equal for equal requests with the same key; what is done is named by it, so that doing it twice does it once. */
export function requestIdOf({ workspace, subject, key }: IdempotencyKey): string {
  return createHash('sha256')
    .update(JSON.stringify([workspace, subject, key]))
    .digest('hex')
    .slice(0, 20);
}

interface Answering {
  /** The answer to what was refused. */
  refusal(error: OrchestraError): StoredAnswer;
  onError(error: unknown): void;
}

/**
 * Does `work` once for a key: a repetition gets the same answer. Refusals that would be the same the next time are kept as well. Where an answer cannot be
 * kept, repetitions are told for a minute that it is being done; whoever repeats it after that does it again, as after a crash, with the seed of the first
 * time. Throws IDEMPOTENCY_KEY_REUSED and IDEMPOTENCY_KEY_BUSY.
 */
export async function once(
  store: IdempotencyStore,
  key: IdempotencyKey,
  requestHash: string,
  work: (seed: string) => Promise<StoredAnswer>,
  answering: Answering,
): Promise<{ answer: StoredAnswer; isRepeated: boolean }> {
  const claimed = await store.claim(key, requestHash, lockMs);
  switch (claimed.state) {
    case 'answered':
      return { answer: claimed.answer, isRepeated: true };
    case 'other':
      throw new OrchestraError(
        'IDEMPOTENCY_KEY_REUSED',
        'This Idempotency-Key was used for another request. Make a new key for each request.',
      );
    case 'running':
      throw new OrchestraError(
        'IDEMPOTENCY_KEY_BUSY',
        'The request with this Idempotency-Key is being answered. Send it again in a moment.',
      );
    case 'mine':
      return {
        answer: await answerOnce(store, key, () => work(seedOf(claimed.seed, requestHash)), answering),
        isRepeated: false,
      };
  }
}

/** Of a key that was given back, and came with another request, nothing is taken for what that one has made. */
function seedOf(keySeed: string, requestHash: string): string {
  return createHash('sha256')
    .update(JSON.stringify([keySeed, requestHash]))
    .digest('hex')
    .slice(0, 32);
}

async function answerOnce(
  store: IdempotencyStore,
  key: IdempotencyKey,
  work: () => Promise<StoredAnswer>,
  { refusal, onError }: Answering,
): Promise<StoredAnswer> {
  let answer: StoredAnswer;
  try {
    answer = await work();
  } catch (error) {
    if (!(error instanceof OrchestraError) || !isLasting(error)) {
      // Where it cannot be given back, its lock runs out.
      await store.release(key).catch(onError);
      throw error;
    }
    answer = refusal(error);
  }
  await keep(store, key, answer, onError);
  return answer;
}

/**
 * What is done is done, whether or not its answer can be kept: who asked is told of it, and the key is not given back, so that nobody does it again while
 * the lock holds.
 */
async function keep(
  store: IdempotencyStore,
  key: IdempotencyKey,
  answer: StoredAnswer,
  onError: (error: unknown) => void,
): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await store.answer(key, answer);
    } catch (error) {
      onError(error);
      const pauseMs = keepPausesMs[tries];
      if (pauseMs === undefined) return;
      await pause(pauseMs);
    }
  }
}

function isLasting({ code }: OrchestraError): boolean {
  const { httpStatus, retryable } = errorTable[code];
  return httpStatus < 500 && !retryable;
}
