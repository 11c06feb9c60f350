import type { ExampleQuery } from '../../src/contracts/ports/example-reader';
import { createAgentRegistry } from '../../src/stores/agents';
import { createExampleReader } from '../../src/stores/past-examples';
import { definitionOf } from '../helpers/agent-definitions';
import { learnAll } from './learn-all';
import { ended, started } from './session-driver';
import { settlement } from './settlements';
import { openTestStores } from './test-stores';
import type { TestStores } from './test-stores';

let stores: TestStores;

beforeEach(async () => {
  stores = await openTestStores();
  const capabilities = ['code', 'prose'].map((name) => ({ name, proficiency: 1, technologies: ['rust', 'go'] }));
  for (const workspace of ['default', 'other'])
    await createAgentRegistry(stores.pool).add(workspace, [definitionOf('ada', { capabilities })]);
});
afterEach(() => stores.close());

interface Asked {
  name?: string;
  capability?: string;
  type?: string;
  prompt: string;
  technologies?: string[];
  note?: string;
}

/** A session whose task ends with this verdict; returns its id. */
async function work(
  asked: Asked,
  verdict: 'succeeded' | 'failed' = 'succeeded',
  workspace = 'default',
): Promise<string> {
  const { name = 'fix', capability = 'code', type, prompt, technologies = [], note = '' } = asked;
  const task = { agent: { capability, technologies }, prompt, ...(type !== undefined && { type }) };
  const text = JSON.stringify({
    version: 1,
    name: 'release',
    inputs: { note: { type: 'string', default: '' } },
    defaults: { retry: { attempts: 1 } },
    tasks: { [name]: task },
  });
  const session = await stores.addSession(text, { workspace, inputs: { note } });
  const { attempts } = await session.take(started);
  for (const attempt of attempts) {
    await stores.attempts.begin(attempt, 'worker');
    await stores.attempts.settle(settlement(attempt, { verdict }));
    await session.take(ended(attempt.run, attempt.attempt, verdict));
  }
  await learnAll(stores);
  return session.id;
}

const query = (parts: Partial<ExampleQuery> = {}): ExampleQuery => ({
  capability: 'code',
  taskType: 'bug-fix',
  technologies: [],
  text: 'Fix the crash of the parser on empty files.',
  ...parts,
});

const find = (asked: ExampleQuery, limit = 3) => createExampleReader(stores.pool).examples('default', asked, limit);

it('are of the same type of task first, then of the same capability and words, with what became of them', async () => {
  const same = await work({ type: 'bug-fix', prompt: 'Fix the crash of the parser on empty files.' }, 'failed');
  const likeIt = await work({ name: 'mend', type: 'repair', prompt: 'Fix the parser: it crashes on large files.' });
  await work({ name: 'blog', capability: 'prose', type: 'essay', prompt: 'Write about tea.' });
  const { attempts } = await find(query());
  expect(attempts.map(({ session }) => session)).toEqual([same, likeIt]);
  expect(attempts[0]).toMatchObject({
    run: 'fix',
    attempt: 1,
    agent: { workspace: 'default', name: 'ada' },
    taskType: 'bug-fix',
    verdict: 'failed',
    similarity: 1,
  });
  expect(attempts[1]?.similarity).toBeLessThan(0.7);
});

it('are found by words and technologies alone, whatever the tasks are called', async () => {
  const found = await work({
    capability: 'prose',
    type: 'misc',
    technologies: ['rust'],
    prompt: 'Fix the crash of the parser on empty files.',
  });
  const { attempts } = await find(query({ technologies: ['rust'] }));
  expect(attempts.map(({ session }) => session)).toEqual([found]);
});

it('are those of before, of other sessions, and of one workspace', async () => {
  const first = await work({ type: 'bug-fix', prompt: 'Fix it.' });
  const { rows } = await stores.pool.query<{ ms: number }>(
    `SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms`,
  );
  const second = await work({ type: 'bug-fix', prompt: 'Fix it.' });
  await work({ type: 'bug-fix', prompt: 'Fix it.' }, 'succeeded', 'other');
  const sessions = async (parts: Partial<ExampleQuery>) =>
    (await find(query(parts))).attempts.map(({ session }) => session);
  expect(await sessions({})).toEqual([second, first]);
  expect(await sessions({ before: rows[0]!.ms })).toEqual([first]);
  expect(await sessions({ session: first })).toEqual([second]);
});

it('say how large the inputs of sessions were, beside those of the one that is asked about', async () => {
  for (let nth = 0; nth < 5; nth++) await work({ type: 'bug-fix', prompt: 'Fix it.', note: 'x'.repeat(100 + nth) });
  const large = await work({ type: 'bug-fix', prompt: 'Fix it.', note: 'x'.repeat(5_000) });
  const { inputs } = await find(query({ session: large }));
  expect(inputs).toMatchObject({ sessions: 5 });
  expect(inputs!.bytes).toBeGreaterThan(5_000);
  expect(inputs!.largestBytes).toBeLessThan(200);
});

it('are looked for by what a task is now, after its plan has changed', async () => {
  const early = await work({ type: 'bug-fix', prompt: 'Fix it.' });
  const late = await work({ type: 'essay', prompt: 'Write about tea.' });
  expect((await find(query({ text: 'Fix it.', capability: 'none' }))).attempts).toEqual([]);
  const { attempts } = await find(query({ taskType: 'essay', capability: 'code' }));
  expect(attempts.map(({ session }) => session)).toEqual([late, early]);
});
