import type { z } from 'zod';
import { sessionPath } from '../../contracts/schemas/api/session';
import type { balance as balanceSchema } from '../../contracts/schemas/api/workspace';
import { balances, limitRequest, periodPath, sessionBudget } from '../../contracts/schemas/api/workspace';
import type { Balance } from '../../domain/budget/accounts';
import { usdOf } from '../../domain/budget/amounts';
import { parseLimits } from '../../domain/budget/parse-limits';
import type { Gateway } from '../gateway';
import { defineRoute } from '../route';
import type { AnyRoute } from '../route';
import { existing } from './sessions';

const tag = 'Budgets';

/** Limits, and what is used of them. */
export function budgetRoutes({ clientOf }: Gateway): AnyRoute[] {
  return [
    defineRoute({
      method: 'GET',
      url: '/v1/budgets',
      tag,
      summary: 'Limits of the workspace, and what is used of them.',
      answer: balances,
      handle: async ({ principal }) => ({
        body: { limits: (await clientOf(principal.workspace).budgets.ofWorkspace()).map(presentBalance) },
      }),
    }),
    defineRoute({
      method: 'PUT',
      url: '/v1/budgets/{period}',
      tag,
      summary: 'Limit what the workspace uses in a day or a month, by the calendar of UTC.',
      path: periodPath,
      body: limitRequest,
      answer: balances,
      handle: async ({ path, body, principal }) => {
        const { budgets } = clientOf(principal.workspace);
        await budgets.setLimits(path.period, parseLimits(body.limits));
        return { body: { limits: (await budgets.ofWorkspace()).map(presentBalance) } };
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/v1/sessions/{session}/budget',
      tag,
      summary: 'Limits of a session and its tasks, what is used of them, and what its attempts came to.',
      path: sessionPath,
      answer: sessionBudget,
      errors: ['SESSION_NOT_FOUND'],
      handle: async ({ path, principal }) => {
        const client = clientOf(principal.workspace);
        const { id } = await existing(client, path.session);
        const [limits, { costMicros, ...use }] = await Promise.all([
          client.budgets.ofSession(id),
          client.budgets.useOfSession(id),
        ]);
        return { body: { limits: limits.map(presentBalance), use: { costUsd: usdOf(costMicros), ...use } } };
      },
    }),
  ];
}

function presentBalance({ account, unit, limit, spent, reserved, kept }: Balance): z.input<typeof balanceSchema> {
  const isCost = unit === 'costMicros';
  const amount = (value: number): number => (isCost ? usdOf(value) : value);
  return {
    account,
    unit: isCost ? 'usd' : unit,
    limit: amount(limit),
    spent: amount(spent),
    reserved: amount(reserved),
    kept: amount(kept),
  };
}
