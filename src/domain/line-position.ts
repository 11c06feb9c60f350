/** The place of a run in a line that goes by priority and age. */
export interface LinePosition {
  /** 1 (most urgent) to 5. */
  priority: number;
  /** Milliseconds since 1970. */
  since: number;
}

/** Waiting for so long is worth one priority. */
export const priorityAgeMs = 5 * 60_000;

/**
 * Negative where `left` goes first. Priority 1 goes before all others; of these, each `priorityAgeMs` that one has waited longer makes up for one priority, so that
 * nobody is held up for ever by others who keep coming. Who is first does not depend on the time at which it is asked.
 */
export function comparePositions(left: LinePosition, right: LinePosition): number {
  return (
    Number(left.priority > 1) - Number(right.priority > 1) || placeOf(left) - placeOf(right) || left.since - right.since
  );
}

function placeOf({ priority, since }: LinePosition): number {
  return since + priority * priorityAgeMs;
}
