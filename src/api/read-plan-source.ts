import { readPlan } from '../contracts/schemas/read-plan';
import type { PlanReading, requirePlan } from '../contracts/schemas/read-plan';
import { bareMessage, formatSourceIssue } from '../contracts/schemas/source-position';
import type { SourceIssue } from '../contracts/schemas/source-position';
import type { Principal } from '../domain/access/roles';
import type { AgentNeed } from '../domain/plan/agent-needs';
import type { PlanPath } from '../domain/plan/issue';
import { pointerOf } from './pointer';
import { RequestFault } from './request-fault';
import type { Fault } from './request-fault';
import { requireLeave } from './require-leave';

export interface PlanSource {
  plan: string | Readonly<Record<string, unknown>>;
  files: Readonly<Record<string, string>>;
  /** The field of the request that the plan was made of, where it is none of its own. */
  madeOf?: string;
}

type ReadPlan = ReturnType<typeof requirePlan>;

/** How messages name the plan of a request. */
const planFile = 'plan';

/** Reads the plan of a request, and nothing of the disk. */
export function readPlanSource({ plan, files }: PlanSource): Promise<PlanReading> {
  const text = typeof plan === 'string' ? plan : JSON.stringify(plan, undefined, 1);
  return readPlan({ file: planFile, text }, (path) => {
    const found = Object.hasOwn(files, path) ? files[path] : undefined;
    return found === undefined
      ? Promise.reject(new Error('the request has no such file: add it to "files"'))
      : Promise.resolve(found);
  });
}

/** The plan of a request. Throws PLAN_INVALID. */
export async function requireReadable(source: PlanSource): Promise<ReadPlan> {
  const reading = await readPlanSource(source);
  if (!reading.plan) {
    const faults = reading.issues.map((issue) => faultOf(issue, source));
    const lines = reading.issues.map(formatSourceIssue).join('\n');
    throw new RequestFault('PLAN_INVALID', `The plan cannot be run:\n${lines}`, faults);
  }
  return reading;
}

function faultOf(issue: SourceIssue, source: PlanSource): Fault {
  const { file, path, message } = issue;
  if (file !== planFile) return { pointer: pointerOf(['files', file]), detail: message };
  const isNamed = path !== undefined && isOpen(source);
  return { pointer: pointerOf(placeInRequest(source, path)), detail: isNamed ? bareMessage(issue) : message };
}

/** Whether places of the plan are places of the request. */
function isOpen({ plan, madeOf }: PlanSource): boolean {
  return typeof plan !== 'string' && madeOf === undefined;
}

/** Where something of the plan stands in the request: a text is one value, whatever is in it. */
function placeInRequest(source: PlanSource, path: PlanPath = []): PlanPath {
  return isOpen(source) ? ['plan', ...path] : [source.madeOf ?? 'plan'];
}

/** What the plan of a request needs of the registry, with where it says so. */
export function needsOf({ needs }: Pick<ReadPlan, 'needs'>, source: PlanSource): AgentNeed[] {
  return needs.map(({ file, choice, path }) => {
    const need = { place: path.join('.'), choice };
    if (file !== planFile) return { ...need, path: ['files', file] };
    return { ...need, path: placeInRequest(source, path), task: String(path[1]) };
  });
}

/** The plan of a request of somebody who may have it run. Throws PLAN_INVALID and TOKEN_FORBIDDEN. */
export async function requirePlanSource(source: PlanSource, principal: Principal): Promise<ReadPlan> {
  const reading = await requireReadable(source);
  requireLeave(reading.plan, principal, (task) => placeInRequest(source, ['tasks', task]));
  return reading;
}
