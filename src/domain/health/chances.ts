/** Outcomes, faded: 0.3 of a success is what is left of an old one. */
export interface Tally {
  succeeded: number;
  failed: number;
}

/** Half an outcome of each kind: nobody is taken for one that never fails, or never succeeds. */
const doubt = 0.5;

/**
 * How likely `failures` or more of the next `attempts` fail, for an agent with this past that goes on as before: the tail of the beta-binomial
 * distribution, which knows how little a short past tells.
 */
export function chanceOfFailures(failures: number, attempts: number, past: Tally): number {
  const [good, bad] = [past.succeeded + doubt, past.failed + doubt];
  let chance = 1;
  for (let nth = 0; nth < attempts; nth++) chance *= (good + nth) / (good + bad + nth);
  let below = 0;
  for (let failed = 0; failed < failures; failed++) {
    below += chance;
    chance *= ((attempts - failed) / (failed + 1)) * ((bad + failed) / (good + attempts - failed - 1));
  }
  return failures === attempts ? chance : Math.max(0, 1 - below);
}

/** With each further outcome the past counts a little less. */
export function fade(past: Tally, hasFailed: boolean, keep: number): Tally {
  return {
    succeeded: past.succeeded * keep + (hasFailed ? 0 : 1),
    failed: past.failed * keep + (hasFailed ? 1 : 0),
  };
}
