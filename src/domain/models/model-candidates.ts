import type { AgentRecord } from '../agents/agent';
import { beliefOf, priorBelow } from '../learning/belief';
import type { Activity, KnownRecords } from '../learning/belief';
import { expectedCostUsd } from '../learning/measured';
import type { SuccessPrior } from '../learning/measured';
import { emptyRecord } from '../learning/record-sums';
import { modelName, priceOf } from '../usage/prices';
import type { Prices } from '../usage/prices';
import { blendedPrice } from './blended-price';
import type { ModelCandidate, ModelInputs } from './choose-model';
import type { ModelOption } from './model-option';

/** What is known of models, by `modelName`. */
export interface KnownModels {
  /** Of the agent with each of them. */
  modelRecords?: ReadonlyMap<string, KnownRecords>;
  /** Of all agents of its workspace together, itself among them. */
  ofModels?: ReadonlyMap<string, AgentRecord>;
}

/**
 * The models with what is believed of them in such tasks: from the workspace's prior, through what other agents came to with the model, the agent with the
 * model, and the capability, to the type of task.
 */
export function modelCandidates(
  options: readonly ModelOption[],
  known: KnownModels,
  { activity, expected, prices }: { activity: Activity; expected: SuccessPrior; prices: Prices },
): Pick<ModelInputs, 'candidates' | 'costsAre'> {
  const found = options.map(({ name, price = priceOf(name, prices) }) => {
    const key = modelName(name);
    const own = known.modelRecords?.get(key) ?? { record: emptyRecord };
    const prior = priorBelow(known.ofModels?.get(key) ?? own.record, own.record, expected);
    const belief = beliefOf(own, activity, prior);
    const measuredUsd = [belief.record, belief.timing ?? belief.record, own.record]
      .map((record) => expectedCostUsd({}, record))
      .find((cost) => cost !== null);
    const believed = belief.prior ?? prior;
    return {
      candidate: { name, record: belief.record, ...(believed !== expected && { prior: believed }) },
      price: price && blendedPrice(price),
      measuredUsd,
      weight: own.record.cost?.count ?? 0,
    };
  });
  // What is measured most tells what the others would cost for the same tokens.
  const [yardstick] = found
    .filter(({ measuredUsd, price }) => measuredUsd !== undefined && price !== undefined && price > 0)
    .sort((one, other) => other.weight - one.weight);
  const isMeasured = found.some(({ measuredUsd }) => measuredUsd !== undefined);
  const usdPerPrice = yardstick ? (yardstick.measuredUsd ?? 0) / (yardstick.price ?? 1) : undefined;
  const costOf = ({ measuredUsd, price }: (typeof found)[number]): number | null => {
    if (!isMeasured) return price ?? null;
    if (measuredUsd !== undefined) return measuredUsd;
    return usdPerPrice === undefined || price === undefined ? null : price * usdPerPrice;
  };
  const candidates = found.map((one): ModelCandidate => ({ ...one.candidate, cost: costOf(one) }));
  return { candidates, costsAre: isMeasured ? 'measured' : 'prices' };
}
