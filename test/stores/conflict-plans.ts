import type { RunTaskInput } from '../../src/contracts/protocol/activities';
import { turnsThatCame } from '../../src/workers/conflict-keeper';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

export const agents = 'agents: { ok: { connector: simulated, latency: 1ms } }';

/** A plan of one task with these keys. */
export const one = (keys: string, more = ''): string => `version: 1
name: one
${agents}
inputs: { files: { type: array, default: [] } }
tasks:
  fix: { agent: ok, ${keys} }
  ${more}
`;

let resources = 0;
/** A resource that no other test of the file knows. */
export const fresh = (): string => `file:src/${++resources}.ts`;

export async function settle(stores: TestStores, attempt: RunTaskInput | undefined): Promise<void> {
  if (!attempt) throw new Error('an attempt was expected');
  expect(await stores.attempts.begin(attempt, 'worker')).toMatchObject({ kind: 'begun' });
  await stores.attempts.settle(settlement(attempt));
}

/** Takes a turn of the session with what the keeper has to tell it, if anything. */
export async function hear(stores: TestStores, session: SessionDriver) {
  const news = await turnsThatCame(stores.conflicts, testWorkspace, 0);
  return session.take(...(news.get(session.id) ?? []));
}

/** Status, reason and error of a run. */
export async function stateOf(stores: TestStores, { id }: SessionDriver, run = 'fix') {
  const row = (await stores.catalog.runs(testWorkspace, id)).find((found) => found.run === run);
  return [row?.status, row?.reason, row?.error];
}

export async function holdsOf(stores: TestStores, session: SessionDriver) {
  const { holders } = await stores.conflicts.claims(testWorkspace);
  return holders.filter((holder) => holder.session === session.id);
}
