const maximumFindings = 100;

/** Counts what an inspection had to leave out, and why, so that the report can say so. */
export class NotChecked {
  #entries = new Map();

  add(what, why, count = 1) {
    const entry = this.#entries.get(why) ?? { what, why, count: 0 };
    this.#entries.set(why, { ...entry, count: entry.count + count });
  }

  /** A limit of the inspection itself, which cannot be counted. */
  addLimit(what, why) {
    this.#entries.set(why, { what, why });
  }

  list() {
    return [...this.#entries.values()];
  }
}

/**
 * Output of an inspection. `checked` says in a few words what was looked at; a finding is
 * `{ severity, file?, line?, endLine?, title, detail?, excerpt?, path? }` with severity `critical`, `high`, `medium` or `low`,
 * and `path` a list of `{ file, line }`.
 */
export function inspectionResult({ findings, checked, notChecked, ...figures }) {
  return {
    findings: findings.slice(0, maximumFindings),
    omitted: Math.max(0, findings.length - maximumFindings),
    checked,
    notChecked: notChecked.list(),
    ...figures,
  };
}
