import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionHandle } from '../../src/client/session-handle';
import { createRandom } from '../../src/domain/random';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { expectSound, select } from '../helpers/e2e/sound-session';
import { until } from '../helpers/until';
import { startControlledAgent } from '../workflows/controlled-agent';
import type { ControlledAgent } from '../workflows/controlled-agent';

/** `npm run test:inline-crashes` takes 500. */
const sessions = Number(process.env['ORCHESTRA_INLINE_SESSIONS'] ?? 12);
const steps = 40;
const kills = 3;
const seed = process.env['ORCHESTRA_TEST_SEED'] ?? String(Date.now());

let rig: CrashRig;
let agent: ControlledAgent;

beforeEach(async () => {
  rig = await CrashRig.open();
  agent = await startControlledAgent();
});
afterEach(async () => {
  await rig.close();
  await agent.close();
});

it(`keeps what was committed once, and repeats at most one step a kill, whose worker is killed (seed ${seed})`, async () => {
  const random = createRandom('inline crashes', seed);
  // Who does a step again comes to something else.
  agent.answerAll(2, (visit) => agent.visits.indexOf(visit));
  let worker = await rig.startWorker(['sessions', 'agents']);
  const chain = Object.fromEntries(
    Array.from({ length: steps }, (_, at) => [
      `t${at}`,
      at === 0
        ? { agent: 'service' }
        : { needs: [`t${at - 1}`], agent: 'service', input: { before: `\${{ tasks.t${at - 1}.output }}` } },
    ]),
  );
  // A step that overran is a worker's, and lost with it.
  const defaults = { retry: { attempts: kills + 1 } };
  const plan = { defaults, agents: { service: { connector: 'http', url: agent.url, inline: true } }, tasks: chain };
  const started = await Promise.all(Array.from({ length: sessions }, () => rig.start(plan)));
  for (let kill = 0; kill < kills; kill++) {
    // In the midst of the steps, and of what follows one: the turn, its commit, the next.
    const after = ((kill + random()) / (kills + 1)) * sessions * steps;
    await until('steps are under way', () => agent.visits.length >= after);
    await sleep(random() * 20);
    await worker.kill();
    worker = await rig.startWorker(['sessions', 'agents']);
  }
  const runs = Object.fromEntries(Object.keys(chain).map((task) => [task, 'succeeded' as const]));
  let repeated = 0;
  for (const session of started) {
    await expectSound(rig, session, { runs, withinMs: 240_000 });
    const visits = agent.visits.filter((visit) => visit.session === session.id);
    const keys = new Set(visits.map(({ headers }) => headers['idempotency-key']));
    // Whoever does a step again says that it is the same.
    expect(keys.size).toBe(steps);
    expect(visits.length - steps).toBeLessThanOrEqual(kills);
    repeated += visits.length - steps;
    const committed = await outputsOf(session);
    for (const { task, input } of visits.filter(({ task: name }) => name !== 't0'))
      expect([task, input]).toEqual([task, { before: committed.get(`t${Number(task.slice(1)) - 1}`) }]);
  }
  expect(repeated).toBeLessThanOrEqual(kills * sessions);
  process.stderr.write(`${repeated} of ${sessions * steps} steps were done again after ${kills} kills\n`);
}, 1_200_000);

/** What is committed of each step. */
async function outputsOf(session: SessionHandle): Promise<Map<string, unknown>> {
  const rows = await select<{ run: string; output: string }>(
    rig,
    session,
    `SELECT run, convert_from(body, 'UTF8') AS output FROM outcomes JOIN artifacts ON artifacts.workspace = $1 AND hash = output_hash
     WHERE outcomes.workspace = $1 AND session = $2`,
  );
  return new Map(rows.map(({ run, output }) => [run, JSON.parse(output)]));
}
