import type { TaskTraits } from './task-traits';

/** A task of the past beside the one that is asked about. */
export interface ComparedTask extends Omit<TaskTraits, 'text'> {
  /** 0–1: the share of the words of both that both have. */
  sharedWords: number;
}

/** How much each counts where it says anything at all. */
const weights = { taskType: 3, capability: 2, words: 2, technologies: 1, size: 1 } as const;

/** Tasks that are less alike are none of the like. */
export const leastSimilarity = 0.3;

/** Sizes of inputs that differ a hundredfold have nothing in common. */
const decadesApart = 2;

/** 0–1: how far what came of one task says something of the other. `sizes`: of the inputs of both in bytes, where they are known. */
export function similarityOf(asked: TaskTraits, past: ComparedTask, sizes?: readonly [number, number]): number {
  const parts: [keyof typeof weights, number | undefined][] = [
    ['taskType', Number(asked.taskType === past.taskType)],
    [
      'capability',
      asked.capability === '' && past.capability === '' ? undefined : Number(asked.capability === past.capability),
    ],
    ['words', asked.text === '' ? undefined : past.sharedWords],
    ['technologies', sharedShare(asked.technologies, past.technologies)],
    ['size', sizes && sizeLikeness(sizes)],
  ];
  const said = parts.flatMap(([name, value]) => (value === undefined ? [] : [{ weight: weights[name], value }]));
  return (
    said.reduce((sum, { weight, value }) => sum + weight * value, 0) / said.reduce((sum, { weight }) => sum + weight, 0)
  );
}

function sharedShare(left: readonly string[], right: readonly string[]): number | undefined {
  const all = new Set([...left, ...right]);
  return all.size === 0 ? undefined : left.filter((one) => right.includes(one)).length / all.size;
}

function sizeLikeness([one, other]: readonly [number, number]): number {
  return 1 - Math.min(1, Math.abs(Math.log10(Math.max(1, one) / Math.max(1, other))) / decadesApart);
}
