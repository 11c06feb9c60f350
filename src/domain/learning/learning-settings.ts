/** How fast what was learnt fades. */
export interface LearningSettings {
  /** After this long an outcome weighs half. */
  halfLifeMs: number;
  /** Outcomes of the same kind that count, all in all: each further one takes 1 ÷ this of the weight of those before it. */
  memory: number;
  /** … that count as recent, in the look for a change. */
  recent: number;
  /** Standard errors that what is recent must be off before all that was earlier is forgotten. */
  changeDeviations: number;
}

/** Chosen by `npm run bench:learning`: see docs/learning.md. */
export const defaultLearning: LearningSettings = {
  halfLifeMs: 30 * 86_400_000,
  memory: 50,
  recent: 10,
  changeDeviations: 3,
};
