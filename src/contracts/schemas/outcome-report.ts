import { z } from 'zod';
import { agentId, agentKey } from '../../domain/agents/agent-ref';
import type { OutcomeReport } from '../../domain/learning/outcome-report';
import { complexities } from '../../domain/plan/plan';
import { Verdict } from '../../domain/verdict';
import { boundedWork } from '../../domain/usage/reported-work';
import { totalTokens } from '../../domain/usage/total-tokens';
import { name, reportedWork, strictObject } from './plan-fields';

/** An id of somebody else's: shown and compared, never looked into. */
const foreignId = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 letters, digits and signs of ASCII, without spaces');

const agentReference = z
  .string()
  .regex(/^([\w.-]{1,63}\/)?[\w.-]{1,63}(@[\w.-]{1,63})?$/, 'must be the name of an agent, or workspace/name');

/** Of years: what is longer was measured wrongly. */
const maxDurationMs = 10 * 365 * 86_400_000;

/** Clocks of different machines differ by less. */
const clockSlackMs = 5 * 60_000;

const count = (maximum: number): z.ZodNumber => z.int().min(0).max(maximum);

/** A report as it is written. */
export function outcomeReportSchema(workspace: string, now: number) {
  const form = 'must be a time such as 2026-11-22T08:30:00Z, or milliseconds since 1970';
  const endedAt = z
    .union([z.iso.datetime({ offset: true, error: form }).transform(Date.parse), z.number().min(0)], form)
    .refine((at) => at <= now + clockSlackMs, 'lies in the future');
  return strictObject({
    id: foreignId,
    agent: agentReference,
    verdict: z.enum([
      Verdict.succeeded,
      Verdict.failed,
      Verdict.timedOut,
      Verdict.contradictory,
      Verdict.rateLimited,
      Verdict.cancelled,
    ]),
    type: name,
    capability: name.exactOptional(),
    technologies: z.array(name).max(50).default([]),
    complexity: z.enum(complexities).exactOptional(),
    inputBytes: count(2 ** 50).exactOptional(),
    session: foreignId.exactOptional(),
    attempt: z.int().min(1).max(10_000).default(1),
    endedAt,
    durationMs: z.number().min(0).max(maxDurationMs).exactOptional(),
    costUsd: z.number().min(0).max(10_000_000).exactOptional(),
    tokens: count(1_000_000_000).exactOptional(),
    inputTokens: count(1_000_000_000).exactOptional(),
    outputTokens: count(1_000_000_000).exactOptional(),
    cachedInputTokens: count(1_000_000_000).exactOptional(),
    quality: z.number().min(0).max(1).exactOptional(),
    error: z.string().max(2_000).exactOptional(),
    model: z.string().min(1).max(200).exactOptional(),
    ...reportedWork,
    collaborators: z.array(agentReference).max(50).exactOptional(),
    rating: z.int().min(1).max(5).exactOptional(),
    useful: z.boolean().exactOptional(),
    changed: z.string().min(1).max(10_000).exactOptional(),
  })
    .refine(({ inputTokens = Infinity, cachedInputTokens = 0 }) => cachedInputTokens <= inputTokens, {
      path: ['cachedInputTokens'],
      message: 'are part of inputTokens, and cannot be more',
    })
    .transform(
      ({
        type,
        capability = '',
        technologies,
        complexity,
        inputBytes,
        session,
        rating,
        useful,
        changed,
        tools,
        filesChanged,
        messages,
        collaborators,
        ...rest
      }): OutcomeReport => {
        const work = {
          ...boundedWork({
            ...(tools && { tools }),
            ...(filesChanged && { filesChanged }),
            ...(messages !== undefined && { messages }),
          }),
          ...(collaborators && { collaborators: collaborators.map((agent) => agentId(agentKey(agent, workspace))) }),
        };
        const feedback = {
          ...(rating !== undefined && { rating }),
          ...(useful !== undefined && { useful }),
          ...(changed !== undefined && { modifications: changed }),
        };
        return {
          ...rest,
          agent: agentKey(rest.agent, workspace),
          kind: {
            capability,
            taskType: type,
            technologies,
            ...(complexity && { complexity }),
            ...(inputBytes !== undefined && { inputBytes }),
          },
          ...(session !== undefined && { session }),
          durationMs: rest.durationMs ?? null,
          costUsd: rest.costUsd ?? null,
          tokens: totalTokens(rest) ?? null,
          inputTokens: rest.inputTokens ?? null,
          outputTokens: rest.outputTokens ?? null,
          cachedInputTokens: rest.cachedInputTokens ?? null,
          quality: rest.quality ?? null,
          error: rest.error ?? null,
          model: rest.model ?? null,
          work: Object.keys(work).length > 0 ? work : null,
          ...(Object.keys(feedback).length > 0 && { feedback }),
        };
      },
    );
}
