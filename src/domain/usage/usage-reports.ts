import { clipText } from '../clip-text';
import type { Evidence } from '../evidence';
import type { Usage } from '../plan/plan';
import { boundedWork } from './reported-work';
import type { ReportedWork } from './reported-work';
import { totalTokens } from './total-tokens';

/** What an agent says that an attempt used, and how it worked. A part that is absent is unknown, never zero. */
export interface ReportedUsage extends Usage, ReportedWork {
  model?: string;
  inputTokens?: number;
  outputTokens?: number;
  /** Of the input tokens, those that came from a cache. */
  cachedInputTokens?: number;
}

const counts = ['tokens', 'inputTokens', 'outputTokens', 'cachedInputTokens', 'messages'] as const;
const lists = ['tools', 'filesChanged'] as const;
const maxModelLength = 200;

/** Beyond these a report is a mistake; below, its cost has room in every account. */
export const maxCount = 1_000_000_000;
export const maxCostUsd = 10_000_000;

/** Takes the reports of one attempt as they come. Each is of all that was used so far, so the last good one counts. */
export class UsageReports {
  private last: ReportedUsage | undefined;
  private good = 0;
  private bad = 0;
  private firstFault = '';

  /** Any value: what is no report of usage is ignored, and told in the notes. */
  add(report: unknown): void {
    const read = readUsage(report);
    if (typeof read === 'string') {
      if (this.bad++ === 0) this.firstFault = read;
      return;
    }
    this.good += 1;
    this.last = read;
  }

  get usage(): ReportedUsage | undefined {
    return this.last;
  }

  /** What speaks neither for nor against the attempt, but should be known. */
  get notes(): Evidence[] {
    const note = (detail: string): Evidence => ({ kind: 'usage', says: 'nothing', detail });
    return [
      ...(this.bad > 0
        ? [note(`${this.bad} usage ${this.bad === 1 ? 'report' : 'reports'} ignored: ${this.firstFault}`)]
        : []),
      ...(this.good > 1 ? [note(`${this.good} usage reports, the last one counts`)] : []),
    ];
  }
}

/** The usage, or why it is none. */
function readUsage(report: unknown): ReportedUsage | string {
  if (typeof report !== 'object' || report === null || Array.isArray(report)) return 'it is no object';
  const given: Record<string, unknown> = Object.fromEntries(
    Object.entries(report).filter(([, value]) => value !== null),
  );
  const { costUsd, model } = given;
  for (const key of counts) {
    if (given[key] !== undefined && !isCount(given[key]))
      return `${key} is ${shown(given[key])}, no whole number from 0 to ${maxCount}`;
  }
  for (const key of lists) {
    if (given[key] !== undefined && !isListOfTexts(given[key])) return `${key} is no list of texts`;
  }
  if (costUsd !== undefined && !(typeof costUsd === 'number' && costUsd >= 0 && costUsd <= maxCostUsd)) {
    return `costUsd is ${shown(costUsd)}, no number from 0 to ${maxCostUsd}`;
  }
  if (model !== undefined && (typeof model !== 'string' || model.length > maxModelLength)) return 'model is no name';
  const said = given as Pick<ReportedUsage, (typeof counts)[number]>;
  const { inputTokens, outputTokens, cachedInputTokens } = said;
  if (cachedInputTokens !== undefined && cachedInputTokens > (inputTokens ?? maxCount)) {
    return `cachedInputTokens is ${cachedInputTokens}, more than the ${inputTokens} of inputTokens`;
  }
  const total = totalTokens(said);
  return {
    ...(total !== undefined && { tokens: total }),
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(cachedInputTokens !== undefined && { cachedInputTokens }),
    ...(costUsd !== undefined && { costUsd }),
    ...(model !== undefined && { model }),
    ...boundedWork(given),
  };
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxCount;
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');
}

function shown(value: unknown): string {
  return clipText(typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing'), 40);
}
