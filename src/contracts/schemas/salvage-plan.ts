import type { Json, JsonObject } from '../../domain/json';
import type { PlanIssue, PlanPath } from '../../domain/plan/issue';

/** A plan without the parts that are not well-formed, so that the rest can be checked too. */
export interface SalvagedPlan {
  value: Json;
  /** False where so much is missing that checking the rest would only repeat it. */
  isWorthChecking: boolean;
  /** Whether something in the plan is a stand-in, so that nothing should be said about it. */
  isStandIn(path: PlanPath): boolean;
}

/**
 * Takes the faulty parts out: a key that is unknown goes, a faulty task, agent or input is replaced by a sound one of the same name, every
 * other faulty field by its default.
 */
export function salvagePlan(raw: JsonObject, issues: readonly PlanIssue[]): SalvagedPlan {
  const standIns = new Set<string>();
  const value: JsonObject = { ...raw };
  for (const { path, atKey } of issues) {
    const [section, name, ...rest] = path;
    if (typeof section !== 'string') continue;
    const entries = value[section];
    if (!(section in standInOf) || typeof name !== 'string' || !isObject(entries)) {
      standIns.add(section);
      delete value[section];
      continue;
    }
    const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
    const copy: JsonObject = { ...entries };
    const unknownKey = rest.length === 1 ? String(rest[0]) : undefined;
    if (atKey && rest.length === 0) delete copy[name];
    else if (atKey && unknownKey !== undefined && isObject(entry) && Object.hasOwn(entry, unknownKey)) {
      const { [unknownKey]: _, ...kept } = entry;
      copy[name] = kept;
    } else copy[name] = standInOf[section as keyof typeof standInOf](entry);
    if (!atKey || rest.length !== 1) standIns.add(`${section}.${name}`);
    value[section] = copy;
  }
  value['version'] = 1;
  if (!Object.hasOwn(value, 'name')) value['name'] = 'unnamed';
  if (!hasEntries(value['tasks']) && (hasEntries(raw['tasks']) || !isObject(value['tasks'])))
    value['tasks'] = { task: standInOf.tasks(null) };
  return {
    value,
    isWorthChecking: !Object.keys(standInOf).some((section) => standIns.has(section)),
    // The needs of a stand-in are those that were written.
    isStandIn: ([section, name, field]) =>
      field !== 'needs' && (standIns.has(String(section)) || standIns.has(`${String(section)}.${String(name)}`)),
  };
}

const standInOf = {
  /** Keeps the needs, because what is upstream depends on them. */
  tasks(entry: Json | undefined): Json {
    const written = isObject(entry) ? entry['needs'] : undefined;
    const needs = (Array.isArray(written) ? written : [written]).filter(
      (need) => typeof need === 'string' && /^[A-Za-z_]\w{0,62}$/.test(need),
    );
    return { needs: needs as string[], run: ['true'] };
  },
  agents(entry: Json | undefined): Json {
    const written = isObject(entry) ? entry['capabilities'] : undefined;
    const capabilities = (Array.isArray(written) ? written : []).filter(
      (item) => typeof item === 'string' && /^[\w.-]{1,63}$/.test(item),
    );
    return { connector: 'simulated', capabilities };
  },
  inputs(entry: Json | undefined): Json {
    const written = isObject(entry) ? entry['type'] : undefined;
    const isType = typeof written === 'string' && ['string', 'number', 'boolean', 'array', 'object'].includes(written);
    return { type: isType ? written : 'string' };
  },
};

function hasEntries(value: Json | undefined): boolean {
  return isObject(value) && Object.keys(value).length > 0;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
