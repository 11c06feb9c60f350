import { z } from 'zod';
import { FaultyValue } from '../../domain/faulty-value';
import type { ValueFault } from '../../domain/faulty-value';
import { formatPlanPath } from '../../domain/plan/issue';
import type { PlanPath } from '../../domain/plan/issue';
import { isPreferKey, isPreferredAgent } from '../../domain/settings/preferences';
import { isTaskTimeout, isTimeoutKey } from '../../domain/settings/task-timeouts';
import { strategies } from '../../domain/routing/strategies';
import type { StrategyName } from '../../domain/routing/strategies';
import { insightSharing, optionIssues, priceKeyPrefix } from '../../domain/settings/workspace-settings';
import type { WorkspaceOptions } from '../../domain/settings/workspace-settings';
import { rateLimit, strictObject } from './plan-fields';
import { describeSchemaFault, issuesOfSchema } from './schema-issues';

/** Per million tokens. */
export const maxPriceUsd = 10_000;

const weight = z.number().min(0, 'must not be negative');

const options = strictObject({
  strategy: z.enum(Object.keys(strategies) as [StrategyName]).exactOptional(),
  'weights.specialisation': weight.exactOptional(),
  'weights.successRate': weight.exactOptional(),
  'weights.availability': weight.exactOptional(),
  'weights.relationships': weight.exactOptional(),
  maxLoad: z.number().gt(0, 'must be above 0').max(1).exactOptional(),
  exploration: z.number().min(0).max(1).exactOptional(),
  share: z.number().gt(0, 'must be above 0').max(1_000_000).exactOptional(),
  maxConcurrent: z.int().min(1).max(1_000_000).exactOptional(),
  rateLimit: rateLimit.exactOptional(),
  'memory.maxPerAgent': z.int().min(1).max(1_000).exactOptional(),
  'memory.days': z.int().min(1).max(3_650).exactOptional(),
  insightConfidence: z.int().min(0).max(100).exactOptional(),
  'recovery.automatic': z
    .string()
    .regex(
      /^(none|probe(,restart)?(,alert)?|restart(,alert)?|alert)$/,
      'must be none, or what of probe,restart,alert is to be done, in this order',
    )
    .exactOptional(),
  'models.atLeast': z.number().min(0).max(1).exactOptional(),
  'models.confidence': z.number().min(0).max(1).exactOptional(),
  'learned.timeouts': z.enum(['on', 'off']).exactOptional(),
  'learned.retries': z.enum(['on', 'off']).exactOptional(),
  shareInsights: z.enum(insightSharing).exactOptional(),
});

/** Throws SETTING_INVALID, with all that is wrong. `place`: where they stand in what was asked, if they do. */
export function parseWorkspaceOptions(written: Readonly<Record<string, unknown>>, place?: PlanPath): WorkspaceOptions {
  const prices = Object.entries(written).filter(([key]) => isPriceKey(key));
  const preferences = Object.entries(written).filter(([key]) => isPreferKey(key));
  const timeouts = Object.entries(written).filter(([key]) => isTimeoutKey(key));
  const others = Object.fromEntries(Object.entries(written).filter(([key]) => !isMadeUp(key)));
  const parsed = options.safeParse(others, { error: describeSchemaFault });
  const at = (path: PlanPath, detail: string): ValueFault => ({ path: [...(place ?? []), ...path], detail });
  const faults = [
    ...(parsed.success
      ? optionIssues(parsed.data).map((issue) => at([], issue))
      : issuesOfSchema(parsed.error).map(({ path, message, atKey }) =>
          at(path, atKey ? message : `${formatPlanPath(path)} ${message}`),
        )),
    ...prices
      .filter(([, value]) => !isPrice(value))
      .map(([key]) => at([key], `${key} must be INPUT/OUTPUT, as 3/15, each at most ${maxPriceUsd}`)),
    ...preferences
      .filter(([, value]) => !isPreferredAgent(value))
      .map(([key]) => at([key], `${key} must be the name of an agent, or WORKSPACE/NAME`)),
    ...timeouts
      .filter(([, value]) => !isTaskTimeout(value))
      .map(([key]) => at([key], `${key} must be a duration of 1s or more, as 10m`)),
  ];
  if (parsed.success && faults.length === 0)
    return { ...parsed.data, ...Object.fromEntries([...prices, ...preferences, ...timeouts]) };
  throw invalid(faults, place !== undefined);
}

/** Throws SETTING_INVALID where one of them is the key of no setting. `place`: where their list stands in what was asked. */
export function checkOptionKeys(keys: readonly string[], place: PlanPath): void {
  const others = keys.filter((key) => !isMadeUp(key));
  const parsed = options.safeParse(Object.fromEntries(others.map((key) => [key, null])));
  const unknown = parsed.success ? [] : issuesOfSchema(parsed.error).filter(({ atKey }) => atKey);
  if (unknown.length === 0) return;
  throw invalid(
    unknown.map(({ path, message }) => ({ path: [...place, keys.indexOf(String(path[0]))], detail: message })),
  );
}

/** Of something that has a name which others make up. */
function isMadeUp(key: string): boolean {
  return isPriceKey(key) || isPreferKey(key) || isTimeoutKey(key);
}

/** Any model may have a price: new ones come every month. */
function isPriceKey(key: string): boolean {
  return key.startsWith(priceKeyPrefix) && key.length > priceKeyPrefix.length;
}

/** US dollars per million tokens that are read, and that are written. */
function isPrice(value: unknown): boolean {
  const [, ...dollars] = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(String(value)) ?? [];
  return dollars.length === 2 && dollars.every((usd) => Number(usd) <= maxPriceUsd);
}

function invalid(faults: readonly ValueFault[], arePlaced = true): FaultyValue {
  const words = faults.map(({ detail }) => detail).join('; ');
  const message = `These settings cannot be: ${words}. Nothing was changed.`;
  return new FaultyValue('SETTING_INVALID', message, arePlaced ? faults : []);
}
