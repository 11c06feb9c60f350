import { compileLinearPattern } from '../expressions/linear-pattern';
import type { Json } from '../json';
import { faultsOfValue } from './input-values';
import type { IssueList } from './issue';
import { planLimits } from './limits';
import type { InputSpec, Plan } from './plan';

type Sink = Pick<IssueList, 'add'>;

/** Inputs whose bounds make no sense, or whose default or enum does not fit them. */
export function validateInputSpecs(plan: Plan, issues: Sink): void {
  for (const [name, spec] of Object.entries(plan.inputs)) {
    const add: Sink['add'] = (path, message) => issues.add(['inputs', name, ...path], message);
    const before = validateBounds(spec, add);
    if (spec.required && spec.default !== undefined) {
      add(['default'], 'an input with a default is never missing: drop the default, or "required"');
    }
    // A value is only compared with bounds that make sense.
    if (before) validateValues(spec, add);
  }
}

function validateBounds(spec: InputSpec, add: Sink['add']): boolean {
  let sound = true;
  const fault = (key: string, message: string): void => {
    sound = false;
    add([key], message);
  };
  for (const key of ['minimum', 'maximum'] as const) {
    if (spec[key] !== undefined && spec.type !== 'number')
      fault(key, `is for numbers, and the input is of type ${spec.type}`);
  }
  if (spec.minimum !== undefined && spec.maximum !== undefined && spec.minimum > spec.maximum) {
    fault('minimum', `is above the maximum (${spec.minimum} > ${spec.maximum})`);
  }
  if (spec.pattern === undefined) return sound;
  if (spec.type !== 'string') fault('pattern', `is for strings, and the input is of type ${spec.type}`);
  else if (spec.pattern.length > planLimits.patternLength) {
    fault('pattern', `has ${spec.pattern.length} characters, at most ${planLimits.patternLength} are allowed`);
  } else {
    try {
      compileLinearPattern(spec.pattern);
    } catch (error) {
      fault('pattern', error instanceof Error ? error.message : String(error));
    }
  }
  return sound;
}

function validateValues(spec: InputSpec, add: Sink['add']): void {
  spec.enum?.forEach((allowed, index) => {
    const { enum: _, ...bounds } = spec;
    faultsOfValue({ ...bounds, required: true }, allowed).forEach((message) => add(['enum', index], message));
  });
  if (spec.default === undefined) return;
  faultsOfValue(spec, spec.default).forEach((message) => add(['default'], message));
  if (holdsTemplate(spec.default)) add(['default'], 'a default is taken as it stands and holds no ${{ }} templates');
}

function holdsTemplate(value: Json): boolean {
  if (typeof value === 'string') return value.includes('${{');
  if (value === null || typeof value !== 'object') return false;
  return Object.values(value).some(holdsTemplate);
}
