import { z } from 'zod';
import { agentPath } from '../../contracts/schemas/api/agent';
import { insightPath, outcomeReports, reportedOutcomes } from '../../contracts/schemas/api/outcome';
import { outcomeReportSchema } from '../../contracts/schemas/outcome-report';
import { describeSchemaFault, issuesOfSchema } from '../../contracts/schemas/schema-issues';
import { agentKey } from '../../domain/agents/agent-ref';
import type { OutcomeReport } from '../../domain/learning/outcome-report';
import type { PlanIssue } from '../../domain/plan/issue';
import { formatPlanPath } from '../../domain/plan/issue';
import type { Gateway } from '../gateway';
import { pointerOf } from '../pointer';
import { RequestFault } from '../request-fault';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';

const tag = 'Learning';

/** What is told of work done elsewhere, and what is to be forgotten. */
export function outcomeRoutes({ agents, clientOf, now }: Pick<Gateway, 'agents' | 'clientOf' | 'now'>): AnyRoute[] {
  return [
    defineRoute({
      method: 'POST',
      url: '/v1/outcomes',
      tag,
      summary:
        'Tell what work done elsewhere came to: it is learnt as outcomes of sessions are. All are kept, or none.',
      body: outcomeReports,
      answer: reportedOutcomes,
      errors: ['INPUT_INVALID', 'AGENT_NOT_FOUND'],
      handle: async ({ body, principal: { workspace }, seed }) => {
        const reports = readReports(body.reports, workspace, now());
        const reported = await clientOf(workspace).learning.report(reports, seed);
        return { body: { reported, known: reports.length - reported } };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/insights/{insight}',
      tag,
      summary: 'Let what agents say be told to nobody any more, also if they say it again.',
      path: insightPath,
      answer: z.null(),
      statuses: [204],
      errors: ['INSIGHT_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        await clientOf(workspace).learning.forgetInsights([path.insight]);
        return { body: null };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/v1/agents/{agent}/learnings',
      tag,
      summary: 'Forget what was learnt of an agent: its outcomes so far count no more.',
      path: agentPath,
      answer: z.null(),
      statuses: [204],
      errors: ['AGENT_NOT_FOUND'],
      handle: async ({ path, principal: { workspace } }) => {
        const { workspace: owner, name } = await agents.find(workspace, agentKey(path.agent, workspace));
        await clientOf(workspace).learning.forget({ workspace: owner, name });
        return { body: null };
      },
    }),
  ];
}

/** Throws INPUT_INVALID with everything that is wrong. */
function readReports(written: readonly unknown[], workspace: string, at: number): OutcomeReport[] {
  const schema = outcomeReportSchema(workspace, at);
  const issues: PlanIssue[] = [];
  const reports = written.flatMap((one, index) => {
    const parsed = schema.safeParse(one, { error: describeSchemaFault });
    if (parsed.success) return [parsed.data];
    const found = issuesOfSchema(parsed.error);
    issues.push(...found.map((issue) => ({ ...issue, path: ['reports', index, ...issue.path] })));
    return [];
  });
  if (issues.length === 0) return reports;
  const shown = issues.slice(0, shownFaults);
  throw new RequestFault(
    'INPUT_INVALID',
    `Nothing was reported: ${shown.map(({ path, message }) => `${formatPlanPath(path)}: ${message}`).join('; ')}.`,
    shown.map(({ path, message }) => ({ pointer: pointerOf(path), detail: message })),
  );
}

const shownFaults = 20;
