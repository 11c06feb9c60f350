import { clipText } from '../../clip-text';
import type { Json } from '../../json';
import { maxMemoryText, memoryKinds } from '../../memory/memory';
import type { NewMemory } from '../../memory/memory';
import type { Feature, InsightScope } from './insight';
import { fitForQuotes, harmlessText } from './harmless-text';

/** What an agent says that it found out: a claim, until outcomes speak for it. */
export interface Discovery {
  text: string;
  /** Of tasks; that of the task where it does not say. */
  taskType?: string;
  technology?: string;
}

/** What an agent hands over for later, beside its result. */
export interface SharedByAgent {
  discoveries: Discovery[];
  memories: NewMemory[];
  /** Entries that were of no use: of no known form, or too many. */
  ignored: number;
}

/** Of one attempt, each. */
const mostShared = 5;

const maxDiscoveryText = 300;
const maxName = 100;

/** Live ones of an agent, in a workspace, that nothing speaks for yet. */
export const mostClaims = 20;

/**
 * Read from an output that is an object; other uses of these names are left alone. Undefined where there is nothing. `mask` blots out what must not be
 * stored.
 */
export function sharedIn(output: Json, mask: (text: string) => string): SharedByAgent | undefined {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return undefined;
  const [said, remembered] = [entriesOf(output.discoveries), entriesOf(output.memories)];
  const discoveries = said.flatMap((entry) => readDiscovery(entry, mask) ?? []).slice(0, mostShared);
  const memories = remembered.flatMap((entry) => readMemory(entry, mask) ?? []).slice(0, mostShared);
  const kept = discoveries.length + memories.length;
  return kept === 0 ? undefined : { discoveries, memories, ignored: said.length + remembered.length - kept };
}

function entriesOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function readDiscovery(entry: Json, mask: (text: string) => string): Discovery | undefined {
  const { text, appliesTo = {} } = fieldsOf(entry);
  const { taskType, technology } = fieldsOf(appliesTo);
  if (typeof text !== 'string' || !isName(taskType) || !isName(technology)) return undefined;
  const said = fitForQuotes(clipText(harmlessText(mask(text)), maxDiscoveryText));
  if (said === '') return undefined;
  return {
    text: said,
    ...(taskType !== undefined && { taskType: mask(taskType) }),
    ...(technology !== undefined && { technology: mask(technology) }),
  };
}

function readMemory(entry: Json, mask: (text: string) => string): NewMemory | undefined {
  const { text, kind = 'fact' } = typeof entry === 'string' ? { text: entry } : fieldsOf(entry);
  const known = memoryKinds.find((one) => one === kind);
  if (typeof text !== 'string' || !known || text.trim() === '' || text.trim().length > maxMemoryText) return undefined;
  return { kind: known, text: mask(text) };
}

function fieldsOf(value: Json): Readonly<Record<string, Json | undefined>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function isName(value: Json | undefined): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '' && value.length <= maxName);
}

/** As an insight says it. An agent speaks of tasks of the capability it was asked for. */
export function claimOf(
  agent: string,
  { text, taskType, technology }: Discovery,
  task: { capability: string; taskType: string },
): { scope: InsightScope; feature: Feature; says: string } {
  const { capability } = task;
  return {
    scope: { ...(capability !== '' && { capability }), taskType: taskType ?? task.taskType },
    feature: technology === undefined ? {} : { technology },
    says: `Agent ${agent} says: “${text}”`,
  };
}
