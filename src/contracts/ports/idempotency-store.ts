/** What a request was answered. */
export interface StoredAnswer {
  status: number;
  location: string | null;
  /** As it was sent. */
  body: string;
}

/** Whose key it is, and for what. */
export interface IdempotencyKey {
  workspace: string;
  subject: string;
  key: string;
}

/**
 * `mine`: nobody has answered it, and nobody else does now. `seed`: random, and the same whenever the key is claimed again within its day; by it, what is
 * made of the request is found again. `other`: the key was used for another request.
 */
export type Claimed =
  { state: 'mine'; seed: string } | { state: 'running' | 'other' } | { state: 'answered'; answer: StoredAnswer };

/** Answers to requests that are repeated with the same key. They are kept for a day. */
export interface IdempotencyStore {
  /** @param lockMs so long nobody else does what the key is for; then whoever was to do it is taken for dead */
  claim(key: IdempotencyKey, requestHash: string, lockMs: number): Promise<Claimed>;
  answer(key: IdempotencyKey, answer: StoredAnswer): Promise<void>;
  /** The request came to nothing that is worth keeping: whoever comes next with the key may ask for something else. */
  release(key: IdempotencyKey): Promise<void>;
}
