/** Agents whose true success rates routing does not know. */
export interface Scenario {
  name: string;
  /** Of each agent. */
  rates: readonly number[];
  /** Of an attempt of each agent, in US dollars; absent: nobody knows of any cost. */
  costsUsd?: readonly number[];
  /** After 120 tasks: what the best agent drops to. */
  dropsTo?: number;
  /** … how many come instead of the 120. */
  choices: number;
}

export const mainScenario: Scenario = {
  name: 'one clearly best',
  rates: [0.95, 0.7, 0.6, 0.5, 0.4],
  dropsTo: 0.2,
  choices: 120,
};

export const scenarios: readonly Scenario[] = [
  mainScenario,
  { name: 'gaps of .05', rates: [0.75, 0.7, 0.65, 0.6, 0.55], choices: 120 },
  { name: 'all are good', rates: [0.99, 0.94, 0.91, 0.88, 0.85], choices: 120 },
  { name: 'all are good, 1,000 tasks', rates: [0.99, 0.94, 0.91, 0.88, 0.85], choices: 1_000 },
  {
    name: 'the best is the dearest',
    rates: [0.95, 0.7, 0.6, 0.5, 0.4],
    costsUsd: [0.5, 0.4, 0.3, 0.2, 0.1],
    choices: 120,
  },
];

/** Tasks after the drop. */
export const tasksAfterDrop = 30;
