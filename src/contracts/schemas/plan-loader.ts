import { dirname, isAbsolute, join, normalize, posix } from 'node:path';
import type { Json, JsonObject } from '../../domain/json';
import type { PlanIssue } from '../../domain/plan/issue';
import { planLimits } from '../../domain/plan/limits';
import type { Plan } from '../../domain/plan/plan';
import { sizeOf } from '../../domain/plan/validate-size';
import { checkPlanValue } from './check-plan-value';
import { placeIssue } from './place-issue';
import type { AgentNeedIssue, SourceIssue } from './source-position';
import { writePlanFile } from './write-plan-file';
import { parseYaml } from './yaml-source';
import type { YamlSource } from './yaml-source';

/** Returns the text of a file; rejects with a message for people where it cannot. */
export type ReadText = (path: string) => Promise<string>;

/** A sub-plan ready to be put into the plan that names it. */
interface LoadedPlan {
  plan: Plan;
  written: JsonObject;
  tasks: number;
}

/** Reads a plan file and the files it leads to, each once. */
export class PlanLoader {
  readonly issues: SourceIssue[] = [];
  readonly needs: AgentNeedIssue[] = [];
  private readonly loaded = new Map<string, LoadedPlan | undefined>();

  constructor(private readonly readText: ReadText) {}

  async loadRoot(file: string, text: string | undefined): Promise<Plan | undefined> {
    try {
      return (await this.load(file, text ?? (await this.readText(file)), []))?.plan;
    } catch (error) {
      if (text !== undefined) throw error;
      this.issues.push({ file, line: 1, column: 1, message: `cannot be read: ${messageOf(error)}` });
      return undefined;
    }
  }

  private async load(file: string, text: string, chain: readonly string[]): Promise<LoadedPlan | undefined> {
    const before = this.issues.length;
    const source = parseYaml(text);
    for (const { line, column, message } of source.issues) this.issues.push({ file, line, column, message });
    if (source.value === undefined) return undefined;
    if (!isObject(source.value)) {
      this.issues.push({
        file,
        line: 1,
        column: 1,
        message: 'is no plan: a plan is a map that begins with "version: 1"',
      });
      return undefined;
    }
    const { value, unread } = await this.embedSubPlans(file, source.value, source, [...chain, normalize(file)]);
    const checked = checkPlanValue(value);
    const isKnown = ({ path }: PlanIssue): boolean =>
      path[0] === 'tasks' && unread.has(String(path[1])) && (path[2] === 'plan' || path[2] === 'inputs');
    for (const issue of checked.issues) if (!isKnown(issue)) this.issues.push(placeIssue(file, issue, source));
    if (checked.omitted > 0)
      this.issues.push({ file, line: 1, column: 1, message: `has ${checked.omitted} more issues` });
    if (!checked.plan || this.issues.length > before) return undefined;
    for (const issue of checked.needs) {
      // A sub-plan that is read from a file names its own.
      if (!isInSubPlanFile(source.value, issue))
        this.needs.push({ ...placeIssue(file, issue, source), path: issue.path, choice: issue.need });
    }
    return { plan: checked.plan, written: writePlanFile(checked.plan), tasks: sizeOf(checked.plan).tasks };
  }

  /** The plan with its sub-plans in the place of their paths; those that are faulty become stand-ins and are named. */
  private async embedSubPlans(file: string, raw: JsonObject, source: YamlSource, chain: readonly string[]) {
    const tasks = raw['tasks'];
    const unread = new Set<string>();
    if (!isObject(tasks)) return { value: raw, unread };
    const embedded: JsonObject = { ...tasks };
    let count = Object.keys(tasks).length;
    for (const [name, task] of Object.entries(tasks)) {
      const path = isObject(task) ? task['plan'] : undefined;
      if (!isObject(task) || typeof path !== 'string' || 'directory' in task) continue;
      const issue = (message: string): undefined => {
        this.issues.push(placeIssue(file, { path: ['tasks', name, 'plan'], message }, source));
        return undefined;
      };
      const subPlan = await this.loadSubPlan(file, path, chain, issue);
      count += subPlan?.tasks ?? 0;
      // Counted before it is embedded: plans that name plans twice double with every level.
      const fits = count <= planLimits.tasks;
      if (subPlan && !fits && count - subPlan.tasks <= planLimits.tasks) {
        issue(`with this sub-plan the plan has ${count} tasks, at most ${planLimits.tasks} are allowed`);
      }
      if (!subPlan || !fits) unread.add(name);
      embedded[name] = { ...task, plan: subPlan && fits ? subPlan.written : standIn, directory: directoryOf(path) };
    }
    return { value: { ...raw, tasks: embedded }, unread };
  }

  private async loadSubPlan(
    file: string,
    path: string,
    chain: readonly string[],
    issue: (message: string) => undefined,
  ): Promise<LoadedPlan | undefined> {
    if (isAbsolute(path) || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(path)) {
      return issue(`the path of a sub-plan is relative to the file that names it; "${path}" is not`);
    }
    const target = normalize(join(dirname(file), path));
    if (chain.includes(target)) {
      const cycle = [...chain.slice(chain.indexOf(target)), target];
      return issue(`plan files contain each other: ${cycle.join(' → ')}`);
    }
    if (chain.length >= planLimits.planDepth) {
      return issue(`at most ${planLimits.planDepth} plans can be inside each other: ${[...chain, target].join(' → ')}`);
    }
    if (!this.loaded.has(target)) {
      let text: string;
      try {
        text = await this.readText(target);
      } catch (error) {
        return issue(`sub-plan "${path}" cannot be read: ${messageOf(error)}`);
      }
      this.loaded.set(target, await this.load(target, text, chain));
    }
    return this.loaded.get(target);
  }
}

/** Stands for a sub-plan whose faults have been reported. */
const standIn: JsonObject = { version: 1, name: 'unread', tasks: { unread: { run: ['true'] } } };

/** Folder of a sub-plan's file relative to that of the file that names it, with `/` as separator. */
function directoryOf(path: string): string {
  return posix.normalize(posix.dirname(path));
}

function isInSubPlanFile({ tasks }: JsonObject, { path }: PlanIssue): boolean {
  const task = path[0] === 'tasks' && path[2] === 'plan' && isObject(tasks) ? tasks[String(path[1])] : undefined;
  return isObject(task) && typeof task['plan'] === 'string';
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
