import type { CallOptions } from './options';
import type { Requester } from './requester';
import type { Balance, BudgetPeriod } from './types';
import { urlPath } from './url-path';

interface Limits {
  limits: Balance[];
}

/** Limits of the workspace. Those of a session: SessionHandle.budget. */
export class Budgets {
  constructor(private readonly api: Requester) {}

  get(options?: CallOptions): Promise<Balance[]> {
    return this.api.send<Limits>({ method: 'GET', path: '/v1/budgets' }, options).then(({ limits }) => limits);
  }

  /** `10usd,500000tokens`, or `none`. */
  setLimits(period: BudgetPeriod, limits: string, options?: CallOptions): Promise<Balance[]> {
    const path = urlPath`/v1/budgets/${period}`;
    return this.api.send<Limits>({ method: 'PUT', path, body: { limits } }, options).then((answer) => answer.limits);
  }
}
