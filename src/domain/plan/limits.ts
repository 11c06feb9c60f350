/** What a plan may weigh. Messages about a limit state it. */
export const planLimits = {
  /** Of one plan with all its sub-plans; a session may not have more either, items of fan-outs included. */
  tasks: 10_000,
  /** `needs` entries of one plan with all its sub-plans. */
  edges: 100_000,
  /** Lists and objects inside each other, in one file. */
  depth: 64,
  /** Plans inside each other, the outermost included. */
  planDepth: 8,
  /** Words and signs of one plan file: what YAML takes apart before it is a value. */
  tokens: 2_000_000,
  /** Of one plan file. */
  fileBytes: 8 * 1024 * 1024,
  /** Characters of one CEL expression. */
  conditionLength: 2_000,
  /** Characters of an input's `pattern`. */
  patternLength: 500,
  /** Characters of a value that a pattern is matched against. */
  patternValueLength: 10_000,
  /** Characters, as JSON, that templates may put into one value. */
  renderedLength: 64 * 1024 * 1024,
  /** Of a task that it writes, and that it reads. */
  resources: 100,
  /** Agents that do one task at once. */
  racers: { min: 2, max: 5 },
  /** Issues that are reported for one plan; the rest is counted. */
  issues: 100,
} as const;
