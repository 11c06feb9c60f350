/** What all processes of the API have counted together. */
export interface RequestLimitStore {
  /** Takes what was used off each bucket, and answers what is left of it, by its key; below 0 where more was used than there was. */
  settle(uses: readonly BucketUse[]): Promise<ReadonlyMap<string, number>>;
}

export interface BucketUse {
  /** Names the bucket; no two are the same. */
  key: string;
  used: number;
  perMinute: number;
}
