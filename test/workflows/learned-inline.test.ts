import { placeWords } from '../../src/domain/learning/learned-place';
import { recompute } from '../../src/domain/routing/build-assignment';
import type { Assignment } from '../../src/domain/routing/assignment';
import type { SessionHandle } from '../../src/client/session-handle';
import { preparePlan } from '../../src/main/prepare-plan';
import { createPlanStore } from '../../src/stores/plans';
import { definitionOf } from '../helpers/agent-definitions';
import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { until } from '../helpers/until';
import { learnAll } from '../stores/learn-all';

let installation: TestInstallation;

beforeAll(async () => {
  installation = await openTestInstallation();
  // Workers that come later know of it from the beginning.
  await installation.client.settings.change({ set: { exploration: 0 }, unset: [] });
  await installation.startWorkers();
});
afterAll(() => installation.close());

const planOf = (agent: string, more = ''): string =>
  `version: 1\nname: p-${agent}\ntasks: { look: { agent: ${agent}${more} }, again: { needs: [look], type: look, agent: ${agent}${more} } }\n`;

/** An agent of the registry, of which twenty successes of so many milliseconds at tasks of the type `look` are known. */
async function known(name: string, durationMs: number): Promise<void> {
  await installation.agents.add('default', [
    definitionOf(name, {
      connector: { connector: 'simulated', latency: { kind: 'fixed', ms: 0 }, successRate: 1, output: { by: name } },
      maxConcurrent: 30,
    }),
  ]);
  const items = Array.from({ length: 20 }, (_, at) => at).join(', ');
  const session = await installation.start(
    `version: 1\nname: past-${name}\ntasks: { look: { forEach: [${items}], agent: ${name} } }\n`,
  );
  expect((await session.result()).status).toBe('succeeded');
  // Nothing was known before: they all went to workers.
  expect(await dispatched(session)).toBe(20);
  await installation.pool.query('UPDATE outcomes SET duration_ms = $2 WHERE agent = $1', [name, durationMs]);
  await learnAll({ pool: installation.pool, plans: createPlanStore(installation.pool, preparePlan) });
}

/** Activities that the session has scheduled: attempts that were left to agent workers. */
async function dispatched(session: SessionHandle): Promise<number> {
  const { events } = await installation.temporal.workflow.getHandle(session.workflowId).fetchHistory();
  return (events ?? []).filter(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled).length;
}

async function succeeded(plan: string): Promise<SessionHandle> {
  const session = await installation.start(plan);
  expect((await session.result()).status).toBe('succeeded');
  return session;
}

async function placesOf(session: SessionHandle): Promise<(Assignment['place'] | undefined)[]> {
  const stored = await Promise.all(
    ['look', 'again'].map((task) => installation.routing.assignments('default', session.id, task)),
  );
  return stored.flat().map(({ assignment }) => {
    expect(recompute(assignment)).toEqual(assignment);
    return assignment.place;
  });
}

it('runs attempts inside the turn that are known to be short, says so, and does not where the plan forbids it', async () => {
  await known('quick', 30);
  // What one turn makes room for by settling, it can start.
  await installation.agents.change({ workspace: 'default', name: 'quick' }, { maxConcurrent: 1 });
  let session = await succeeded(planOf('quick'));
  // Workers hear a moment later of what was learnt.
  await until('it is known to be quick', async () => {
    if ((await dispatched(session)) === 0) return true;
    session = await succeeded(planOf('quick'));
    return false;
  });
  const [first, second] = await placesOf(session);
  expect(first).toMatchObject({ inline: true, from: 'evidence' });
  expect(second).toMatchObject({ inline: true, from: 'evidence' });
  expect(first && placeWords(first)).toContain('nine of ten of its successes');
  expect((await session.overview()).progress.succeeded).toBe(2);
  // The lease was the registry's, and has made room again.
  const { rows } = await installation.pool.query('SELECT running FROM agent_room WHERE agent = $1', ['quick']);
  expect(rows).toEqual([{ running: 0 }]);

  const forbidden = await succeeded(planOf('quick', ', inline: false'));
  expect(await dispatched(forbidden)).toBe(2);
  expect(await placesOf(forbidden)).toEqual([
    { inline: false, from: 'plan' },
    { inline: false, from: 'plan' },
  ]);
});

it('leaves attempts to workers that are known to take longer, unless the plan says otherwise', async () => {
  await known('slow', 900);
  let session = await succeeded(planOf('slow'));
  await until('it is known to be slow', async () => {
    if ((await placesOf(session))[0] !== undefined) return true;
    session = await succeeded(planOf('slow'));
    return false;
  });
  expect(await placesOf(session)).toMatchObject([
    { inline: false, from: 'evidence' },
    { inline: false, from: 'evidence' },
  ]);
  expect(await dispatched(session)).toBe(2);

  const asked = await succeeded(planOf('slow', ', inline: true'));
  expect(await placesOf(asked)).toEqual([
    { inline: true, from: 'plan' },
    { inline: true, from: 'plan' },
  ]);
  expect(await dispatched(asked)).toBe(0);
});
