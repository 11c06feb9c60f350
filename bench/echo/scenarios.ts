/** A piece of echo work that both sides do. */
export interface Scenario {
  name: string;
  work: EchoWork;
  /** Sessions of one measurement. */
  sessions: number;
  /** Sessions at once. */
  inFlight: number;
  /** What the project may cost, as time over that of raw Temporal; absent where nothing is promised. */
  target?: number;
  /** What a session of the project may take, in milliseconds; absent where nothing is promised. */
  targetMs?: number;
  /** How target and ratio are shown: time over time, or throughput over throughput. */
  shownAs: 'time' | 'throughput';
}

export interface EchoWork {
  kind: 'chain' | 'parallel';
  tasks: number;
  /** Attempts run inside the turns. */
  inline?: true;
}

// The short ones run several times in a measurement: a single one of them is mostly noise.
export const scenarios: readonly Scenario[] = [
  { name: 'one task', work: { kind: 'chain', tasks: 1 }, sessions: 10, inFlight: 1, shownAs: 'time' },
  { name: 'chain of 20', work: { kind: 'chain', tasks: 20 }, sessions: 3, inFlight: 1, target: 1.7, shownAs: 'time' },
  {
    name: '100 in parallel',
    work: { kind: 'parallel', tasks: 100 },
    sessions: 3,
    inFlight: 1,
    target: 1.5,
    shownAs: 'time',
  },
  {
    name: '600 sessions of 3',
    work: { kind: 'chain', tasks: 3 },
    sessions: 600,
    inFlight: 50,
    target: 0.75,
    shownAs: 'throughput',
  },
  {
    name: 'one task, inline',
    work: { kind: 'chain', tasks: 1, inline: true },
    sessions: 10,
    inFlight: 1,
    targetMs: 15,
    shownAs: 'time',
  },
  {
    name: 'chain of 20, inline',
    work: { kind: 'chain', tasks: 20, inline: true },
    sessions: 5,
    inFlight: 1,
    targetMs: 28,
    shownAs: 'time',
  },
  {
    name: '100 in parallel, inline',
    work: { kind: 'parallel', tasks: 100, inline: true },
    sessions: 5,
    inFlight: 1,
    targetMs: 30,
    shownAs: 'time',
  },
  {
    name: '600 sessions of 3, inline',
    work: { kind: 'chain', tasks: 3, inline: true },
    sessions: 600,
    inFlight: 50,
    target: 3,
    shownAs: 'throughput',
  },
];
