import { parseTemplate } from '../expressions/template';
import { referencesInTemplates } from '../expressions/template-references';
import type { Json } from '../json';
import { faultsOfNames, faultsOfValue } from './input-values';
import type { IssueList } from './issue';
import type { InputSpec, InputType, Plan } from './plan';

/** Inputs that a task hands to its sub-plan: unknown, missing, or of a type that is known to be wrong. Also the type of `forEach`. */
export function validateSubPlanInputs(plan: Plan, issues: Pick<IssueList, 'add'>): void {
  for (const [name, { work, forEach }] of Object.entries(plan.tasks)) {
    if (typeof forEach === 'string') {
      const type = knownType(forEach, plan);
      if (type !== undefined && type !== 'array') {
        issues.add(['tasks', name, 'forEach'], `needs a list, and ${forEach} is of type ${type}`);
      }
    }
    if (work.kind !== 'plan') continue;
    const specs = work.plan.inputs;
    for (const { input, message } of faultsOfNames(specs, Object.keys(work.inputs))) {
      const given = Object.hasOwn(work.inputs, input);
      const path = given ? ['tasks', name, 'inputs', input] : ['tasks', name, 'plan'];
      issues.add(path, `input "${input}" of plan "${work.plan.name}": ${message}`, given ? { atKey: true } : {});
    }
    for (const [input, value] of Object.entries(work.inputs)) {
      const spec = Object.hasOwn(specs, input) ? specs[input] : undefined;
      if (!spec) continue;
      for (const message of faultsOfGiven(spec, value, plan)) {
        issues.add(['tasks', name, 'inputs', input], `input "${input}" of plan "${work.plan.name}": ${message}`);
      }
    }
  }
}

function faultsOfGiven(spec: InputSpec, value: Json, plan: Plan): string[] {
  if (referencesInTemplates(value).length === 0) return faultsOfValue(spec, value);
  const type = typeof value === 'string' ? knownType(value, plan) : Array.isArray(value) ? 'array' : 'object';
  return type === undefined || type === spec.type ? [] : [`must be of type ${spec.type}, and this is of type ${type}`];
}

/** The type that a text with templates will have, where that is known before it is rendered. */
function knownType(text: string, plan: Plan): InputType | undefined {
  const parts = attemptParse(text);
  if (!parts) return undefined;
  const [only] = parts;
  if (parts.length !== 1 || only === undefined || typeof only === 'string') return 'string';
  const [name, ...rest] = only.segments;
  if (only.root === 'index') return 'number';
  if (only.root === 'workspace' || only.root === 'session') return 'string';
  if (only.root !== 'inputs' || rest.length > 0 || name === undefined) return undefined;
  return Object.hasOwn(plan.inputs, name) ? plan.inputs[name]?.type : undefined;
}

/** Undefined for what cannot be read: that is reported where all templates are checked. */
function attemptParse(text: string): ReturnType<typeof parseTemplate> | undefined {
  try {
    return parseTemplate(text);
  } catch {
    return undefined;
  }
}
