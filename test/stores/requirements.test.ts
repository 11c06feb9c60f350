import { createAgentPresenceStore } from '../../src/stores/agent-presence';
import { createAgentRegistry } from '../../src/stores/agents';
import { createRoutingReader } from '../../src/stores/routing-reader';
import { grantRoom } from '../../src/workers/grant-room';
import { grantedEvent } from '../../src/workers/line-keeper';
import { definitionOf } from '../helpers/agent-definitions';
import { occupy } from './registered-agents';
import { ended, started } from './session-driver';
import type { SessionDriver } from './session-driver';
import { settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;
let workspace: string;
let workspaces = 0;

beforeAll(async () => (stores = await openTestStores()));
afterAll(() => stores.close());
beforeEach(() => (workspace = `workspace-${(workspaces += 1)}`));

async function register(...definitions: Parameters<typeof definitionOf>[]): Promise<void> {
  const capabilities = [{ name: 'write', proficiency: 0.5, technologies: [] }];
  const all = definitions.map(([name, parts]) => definitionOf(name, { capabilities, maxConcurrent: 4, ...parts }));
  await createAgentRegistry(stores.pool).add(workspace, all);
  stores.directory.forget();
}

/** A session whose task `draft` has been done by the best writer, and in which `next` asks for this is the next. */
async function drafted(asked: string): Promise<SessionDriver> {
  const text = `version: 1\nname: p\ntasks:\n  draft: { agent: { capability: write } }\n  next: { needs: [draft], agent: ${asked} }\n`;
  const session = await stores.addSession(text, { workspace });
  const { attempts } = await session.take(started);
  for (const attempt of attempts) {
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt));
  }
  stores.directory.forget();
  await session.take(ended('draft'));
  return session;
}

async function assignmentOf(session: SessionDriver, task = 'next') {
  const [stored] = await createRoutingReader(stores.pool).assignments(workspace, session.id, task);
  return stored?.assignment;
}

const best = { capabilities: [{ name: 'write', proficiency: 1, technologies: [] }] };
const worst = { capabilities: [{ name: 'write', proficiency: 0.1, technologies: [] }] };

it('never goes to who did an earlier task, nor to who is excluded, and says so', async () => {
  await register(['ada', best], ['bob'], ['cy', worst]);
  const session = await drafted('{ capability: write, notSameAs: draft, exclude: [bob] }');
  const assignment = await assignmentOf(session);
  expect(assignment).toMatchObject({ agent: { name: 'cy' }, inputs: { excluded: 2 } });
  expect(assignment?.reasoning).toContain('It must not go to bob and ada.');
});

it('goes to who did an earlier task before others, and says so', async () => {
  await register(['ada', best], ['bob']);
  const session = await drafted('{ capability: write, sameAs: draft, strategy: round_robin }');
  const assignment = await assignmentOf(session);
  expect(assignment).toMatchObject({ agent: { name: 'ada' }, strategy: 'round_robin' });
  expect(assignment?.reasoning).toContain('The task asks for the strategy round_robin. It did earlier tasks');
});

it('means the shared agent of another workspace that did an earlier task', async () => {
  const owner = workspace;
  await register(['lent', { ...best, shared: true }]);
  workspace = `${owner}-guest`;
  await register(['own', worst]);
  const session = await drafted('{ capability: write, notSameAs: draft }');
  expect((await assignmentOf(session, 'draft'))?.agent).toEqual({ workspace: owner, name: 'lent' });
  expect((await assignmentOf(session))?.agent.name).toBe('own');
  await createAgentRegistry(stores.pool).remove({ workspace: owner, name: 'lent' });
});

it('is of the type that is asked for', async () => {
  await register(['ada', best], ['web', { connector: { connector: 'http', url: 'https://x.example', headers: {} } }]);
  expect((await assignmentOf(await drafted('{ type: http }')))?.agent.name).toBe('web');
});

it('is of the type that its owner says, and is reached as its connector says', async () => {
  await register(['ada', best], ['far', { ...worst, type: 'codex', connector: { connector: 'remote' } }]);
  await createAgentPresenceStore(stores.pool).seen([{ workspace, name: 'far' }]);
  const text = `version: 1\nname: p\ntasks: { next: { agent: { capability: write, type: codex } } }\n`;
  const session = await stores.addSession(text, { workspace });
  const { commands } = await session.take(started);
  expect(commands).toMatchObject([{ type: 'start-attempt', run: 'next', agent: 'far', remote: true }]);
});

it('waits in the line for others than who did the earlier task', async () => {
  await register(['ada', best], ['bob', { maxConcurrent: 1 }]);
  const free = await occupy(stores.pool, { workspace, name: 'bob' });
  stores.directory.forget();
  const session = await drafted('{ capability: write, notSameAs: draft }');
  const [place] = await createRoutingReader(stores.pool).line(workspace, 10);
  expect(place).toMatchObject({ run: 'next', waitsFor: expect.stringContaining('bob (1 of 1)') as string });
  const grant = async () => {
    stores.directory.forget();
    return (await grantRoom(stores.line, stores.directory)).turns.filter((turn) => turn.session === session.id);
  };
  expect(await grant()).toEqual([]);
  await free();
  const turns = await grant();
  expect(turns).toMatchObject([{ run: 'next', agent: { name: 'bob' } }]);
  await session.take(...turns.map(grantedEvent));
  expect(session.status('next')).toBe('running');
});
