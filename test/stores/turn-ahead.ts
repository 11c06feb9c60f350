import { takeTurn } from '../../src/activities/turn/take-turn';
import { ended, started } from './session-driver';
import { settlement } from './settlements';
import { testWorkspace } from './test-stores';
import type { TestStores } from './test-stores';

/** A session whose task `first` has run in this process, as far as its next turn: that is to take in what it came to. */
export async function beforeTurnAhead(stores: TestStores, plan: string) {
  const { turns, plans, artifacts, directory } = stores;
  const work = { turns, plans, artifacts, directory };
  const session = await stores.addSession(plan);
  const first = await takeTurn(work, session.request(started));
  const { ground, state } = first;
  if (!ground) throw new Error('a turn leaves what the next one begins with');
  const start = first.turn.decisions.find(([kind]) => kind === 'start');
  const key = { workspace: testWorkspace, session: session.id, run: 'first', attempt: 1 };
  const settlements = [settlement({ ...key, token: Number(start?.[5]) })];
  return { work, session, state, next: { ...session.request(ended('first')), turn: 2, state }, settlements, ground };
}
