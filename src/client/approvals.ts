import type { Approval, ApprovalStore } from '../contracts/ports/approval-store';
import { OrchestraError } from '../domain/errors';
import type { ClientDependencies } from './client-dependencies';

/** Questions that wait for people, in the workspace of the client. */
export class Approvals {
  constructor(private readonly dependencies: Pick<ClientDependencies, 'approvals' | 'workspace'>) {}

  list(options: Parameters<ApprovalStore['list']>[1]): Promise<Approval[]> {
    const { approvals, workspace } = this.dependencies;
    return approvals.list(workspace, options);
  }

  /** Throws APPROVAL_NOT_FOUND. */
  async get(id: string): Promise<Approval> {
    const { approvals, workspace } = this.dependencies;
    const approval = await approvals.find(workspace, id);
    if (approval) return approval;
    throw new OrchestraError(
      'APPROVAL_NOT_FOUND',
      `There is no question "${id}" in workspace "${workspace}". See \`orchestra approvals list\`.`,
    );
  }

  /** Answers once; again for the request of the same `seed`. Throws APPROVAL_NOT_FOUND, and COMMAND_REFUSED for a question that is not open. */
  async decide(id: string, answer: 'approved' | 'rejected', by: string, seed?: string): Promise<Approval> {
    const { approvals, workspace } = this.dependencies;
    const decided = await approvals.decide(workspace, id, answer, by, seed);
    if (decided) return decided;
    const { status, decidedBy } = await this.get(id);
    const who = decidedBy === null ? '' : ` by ${decidedBy}`;
    throw new OrchestraError(
      'COMMAND_REFUSED',
      status === 'withdrawn'
        ? `Question ${id} was withdrawn: its run does not wait for it any more.`
        : `Question ${id} has been ${status}${who} already; an answer is given once.`,
    );
  }
}
