import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Operations, OperationsReader } from '../contracts/ports/operations-reader';

/** Scrapes come from several sides, and each would ask the database. */
const freshMs = 5_000;

/** What PostgreSQL knows of the whole installation. Every process that tells it tells the same: take the largest, not the sum. */
export function addInstallationMetrics(registry: Registry, reader: OperationsReader, now = Date.now): void {
  let latest: { at: number; operations: Promise<Operations> } | undefined;
  const read = (): Promise<Operations> => {
    if (latest && now() - latest.at < freshMs) return latest.operations;
    const operations = reader.read();
    latest = { at: now(), operations };
    operations.catch(() => (latest = undefined));
    return operations;
  };
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    values: (operations: Operations) => [Partial<Record<Label, string>>, number][],
  ): void => {
    new Gauge({
      name: `orchestra_${name}`,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset();
        // One without labels would be 0 else.
        if (labelNames.length === 0) this.remove();
        // While the database is away nothing is told; the readiness of the process says that it is.
        const operations = await read().catch(() => undefined);
        for (const [labels, value] of operations ? values(operations) : []) this.set(labels, value);
      },
    });
  };
  gauge('sessions_open', 'Sessions that have not ended.', [], ({ openSessions }) => [[{}, openSessions]]);
  gauge('attempts_open', 'Attempts that were given to agents and have not ended.', [], ({ openAttempts }) => [
    [{}, openAttempts],
  ]);
  gauge('queue_depth', 'Runs that wait, by what they wait for.', ['reason'], ({ waiting }) =>
    waiting.map(({ reason, runs }) => [{ reason }, runs]),
  );
  gauge('queue_oldest_seconds', 'How long the first of them has waited.', ['reason'], ({ waiting }) =>
    waiting.map(({ reason, oldestSeconds }) => [{ reason }, oldestSeconds]),
  );
  gauge('outcomes_unlearned', 'Outcomes that are still to be learnt.', [], ({ unlearnedOutcomes }) => [
    [{}, unlearnedOutcomes],
  ]);
  const budgetLabels = ['workspace', 'period', 'unit'] as const;
  gauge(
    'budget_used',
    'Spent, reserved and kept of a budget; of the 100 that are used up most.',
    budgetLabels,
    ({ budgets }) => budgets.map(({ workspace, period, unit, used }) => [{ workspace, period, unit }, used]),
  );
  gauge('budget_limit', 'The limits of those budgets.', budgetLabels, ({ budgets }) =>
    budgets.map(({ workspace, period, unit, limit }) => [{ workspace, period, unit }, limit]),
  );
}

/** How often routing was answered from memory in this process. `counts` only grow. */
export function addCacheMetrics(registry: Registry, counts: { readonly asked: number; readonly read: number }): void {
  const before = { hit: 0, miss: 0 };
  new Counter({
    name: 'orchestra_routing_cache_requests_total',
    help: 'Questions of routing to its cache of agents and settings.',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      const now = { hit: counts.asked - counts.read, miss: counts.read };
      for (const result of ['hit', 'miss'] as const) {
        this.inc({ result }, Math.max(0, now[result] - before[result]));
        before[result] = now[result];
      }
    },
  });
}
