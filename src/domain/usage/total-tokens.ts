import type { ReportedUsage } from './usage-reports';

/** All tokens: as they are said, else the sum of both kinds where both are known. */
export function totalTokens({
  tokens,
  inputTokens,
  outputTokens,
}: Pick<ReportedUsage, 'tokens' | 'inputTokens' | 'outputTokens'>): number | undefined {
  if (tokens !== undefined) return tokens;
  return inputTokens !== undefined && outputTokens !== undefined ? inputTokens + outputTokens : undefined;
}
