import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../src/domain/random';
import { CrashRig } from '../helpers/e2e/crash-rig';
import { expectSound } from '../helpers/e2e/sound-session';
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
  agent.answerAll(2);
  let worker = await rig.startWorker(['sessions', 'agents']);
  const chain = Object.fromEntries(
    Array.from({ length: steps }, (_, at) => [`t${at}`, { needs: at === 0 ? [] : [`t${at - 1}`], agent: 'service' }]),
  );
  const plan = { agents: { service: { connector: 'http', url: agent.url, inline: true } }, tasks: chain };
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
  }
  expect(repeated).toBeLessThanOrEqual(kills * sessions);
  process.stderr.write(`${repeated} of ${sessions * steps} steps were done again after ${kills} kills\n`);
}, 1_200_000);
