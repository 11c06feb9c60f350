import { z } from 'zod';
import { boundedWork } from '../../domain/usage/reported-work';
import { totalTokens } from '../../domain/usage/total-tokens';
import { maxCostUsd, maxCount } from '../../domain/usage/usage-reports';
import { attemptNumber } from './attempt-number';
import { jsonValue, reportedWork, strictObject } from './plan-fields';

/** The longest that a request is kept waiting. */
export const maxWaitMs = 60_000;

/** Attempts that one request can speak of. */
export const maxAttemptsPerRequest = 1_000;

const waitMs = z.int().min(0).max(maxWaitMs).default(0);
const text = (length: number): z.ZodString => z.string().min(1).max(length);

const attemptRef = {
  workspace: text(63),
  session: text(180),
  task: text(100),
  attempt: attemptNumber,
  token: z.int().min(1),
};

const count = z.int().min(0).max(maxCount);

const usage = strictObject({
  tokens: count.exactOptional(),
  costUsd: z.number().min(0).max(maxCostUsd).exactOptional(),
  /** With tokens and no cost: what they cost is looked up. */
  model: text(200).exactOptional(),
  inputTokens: count.exactOptional(),
  outputTokens: count.exactOptional(),
  cachedInputTokens: count.exactOptional(),
  ...reportedWork,
})
  .refine(
    ({ inputTokens = Infinity, cachedInputTokens = 0 }) => cachedInputTokens <= inputTokens,
    'cachedInputTokens are part of inputTokens, and cannot be more',
  )
  .transform((said) => {
    const tokens = totalTokens(said);
    return { ...said, ...(tokens !== undefined && { tokens }), ...boundedWork(said) };
  })
  .optional();

export const claimSchema = strictObject({
  claimId: text(100),
  /** 0 with `repeated`: only what came of the claim before. */
  max: z.int().min(0).max(maxAttemptsPerRequest).default(1),
  repeated: z.boolean().default(false),
  waitMs,
});

export const heartbeatSchema = strictObject({
  attempts: z
    .array(
      strictObject({
        ...attemptRef,
        percent: z.number().min(0).max(100).optional(),
        message: z.string().max(500).optional(),
      }),
    )
    .max(maxAttemptsPerRequest),
  waitMs,
});

export const completeSchema = strictObject({ ...attemptRef, output: jsonValue.default(null), usage });

export const failSchema = strictObject({
  ...attemptRef,
  error: text(10_000),
  reason: z.enum(['failed', 'rate_limited', 'handed_back']).default('failed'),
  retryable: z.boolean().default(true),
  retryAfterMs: z.int().min(0).optional(),
  usage,
});
