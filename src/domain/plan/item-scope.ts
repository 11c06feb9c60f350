import type { ExpressionScope } from '../expressions/expression-scope';
import { renderTemplate } from '../expressions/render-template';
import type { Task } from './plan';

/** What expressions of one run see: inside a fan-out also its item. `item` is -1 for a task itself. */
export function withItem(scope: ExpressionScope, task: Task, item: number): ExpressionScope {
  // Racers all do the same.
  if (item < 0 || task.forEach === undefined) return scope;
  const list = renderTemplate(task.forEach ?? null, scope);
  return { ...scope, item: (Array.isArray(list) ? list[item] : undefined) ?? null, index: item };
}
