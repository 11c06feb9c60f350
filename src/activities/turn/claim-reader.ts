import type { ArtifactStore } from '../../contracts/ports/artifact-store';
import { claimOfTexts } from '../../domain/conflicts/claim';
import type { Access, Claim, ClaimTexts } from '../../domain/conflicts/claim';
import { OrchestraError } from '../../domain/errors';
import type { ExpressionScope } from '../../domain/expressions/expression-scope';
import { renderTemplate } from '../../domain/expressions/render-template';
import { referencesInTemplates } from '../../domain/expressions/template-references';
import { withItem } from '../../domain/plan/item-scope';
import type { Task, TaskResources } from '../../domain/plan/plan';
import { tasksInTemplates } from '../../domain/plan/task-references';
import { taskAt } from '../../domain/session/outline';
import type { RunRef } from '../../domain/session/run-key';
import type { TurnDraft } from './turn-draft';
import { turnScope } from './turn-scope';

/** What runs write and read, with their templates rendered. Items of a fan-out share what those refer to. */
export class ClaimReader {
  private readonly scopes = new Map<number, Promise<ExpressionScope>>();

  constructor(
    private readonly draft: TurnDraft,
    private readonly artifacts: ArtifactStore,
  ) {}

  /** Throws EXPRESSION_INVALID. */
  async read(ref: RunRef): Promise<Claim> {
    const { loaded } = this.draft;
    const { name } = taskAt(loaded.index, ref.task);
    const task = loaded.plan.tasks[name];
    if (!task?.resources) throw new RangeError(`task "${name}" of plan ${loaded.hash} needs no resources`);
    const claim = claimOfTexts(await this.render(task, task.resources, ref));
    if ('fault' in claim) throw new OrchestraError('EXPRESSION_INVALID', `What it writes or reads: ${claim.fault}`);
    return claim;
  }

  private async render(task: Task, { writes, reads }: TaskResources, ref: RunRef): Promise<ClaimTexts> {
    if (referencesInTemplates([...writes, ...reads]).length === 0) return { writes, reads };
    let scope = this.scopes.get(ref.task);
    if (!scope) {
      scope = turnScope(this.artifacts, this.draft, tasksInTemplates(writes, reads, task.forEach));
      this.scopes.set(ref.task, scope);
    }
    const seen = withItem(await scope, task, ref.item);
    const texts = (access: Access, list: readonly string[]): string[] =>
      list.map((text, at) => {
        const rendered = renderTemplate(text, seen);
        if (typeof rendered === 'string') return rendered;
        const message = `${access}[${at}] came to ${JSON.stringify(rendered)}, which is no text such as repo:main`;
        throw new OrchestraError('EXPRESSION_INVALID', message);
      });
    return { writes: texts('writes', writes), reads: texts('reads', reads) };
  }
}
