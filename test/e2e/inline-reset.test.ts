import { CrashRig } from '../helpers/e2e/crash-rig';
import { resetWorkflow } from '../helpers/e2e/reset-workflow';
import { expectSound, select } from '../helpers/e2e/sound-session';
import { until } from '../helpers/until';
import { startControlledAgent } from '../workflows/controlled-agent';
import type { ControlledAgent } from '../workflows/controlled-agent';

let rig: CrashRig;
let agent: ControlledAgent;

beforeEach(async () => {
  [rig, agent] = await Promise.all([CrashRig.open(), startControlledAgent()]);
  await rig.startWorker(['sessions', 'agents']);
});
afterEach(async () => {
  await rig.close();
  await agent.close();
});

it('does no short step again that the branch had done which a reset has left', async () => {
  agent.answerAll(0, ({ task }) => ({ visit: agent.visits.filter((visit) => visit.task === task).length }));
  const session = await rig.start({
    agents: { service: { connector: 'http', url: agent.url, inline: true } },
    tasks: {
      first: { agent: 'service' },
      second: { needs: ['first'], agent: 'service', input: '${{ tasks.first.output }}' },
      third: { needs: ['second'], agent: 'service', input: '${{ tasks.second.output }}' },
    },
    outputs: { third: '${{ tasks.third.output.visit }}' },
  });
  expect(await session.result()).toMatchObject({ status: 'succeeded' });
  await until('the workflow is closed', async () => {
    const { status } = await rig.installation.temporal.workflow.getHandle(session.workflowId).describe();
    return status.name === 'COMPLETED';
  });
  await resetWorkflow(rig, session, 0);
  await until('the new run has caught up', async () => {
    const branches = await select(
      rig,
      session,
      'SELECT run_id FROM session_runs WHERE workspace = $1 AND session = $2',
    );
    return branches.length === 2;
  });
  await expectSound(rig, session, {
    runs: { first: 'succeeded', second: 'succeeded', third: 'succeeded' },
    wasReset: true,
  });
  expect(agent.visits.map(({ task, attempt }) => `${task}/${attempt}`)).toEqual(['first/1', 'second/1', 'third/1']);
  expect((await session.overview()).outputs).toEqual({ third: 1 });
});
