import { createAgentToken } from '../../src/main/agent-tokens';
import { createApiToken } from '../../src/main/api-tokens';
import { planDocuments } from '../../src/main/prepare-plan';
import { createDiscoveryStore } from '../../src/stores/discoveries';
import { createProposalStore } from '../../src/stores/proposals';
import { definitionOf } from '../helpers/agent-definitions';
import { keepDocument } from '../helpers/keep-document';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { settingsProposal } from '../helpers/settings-proposal';
import { until } from '../helpers/until';

/** What is there in the workspace `default`, by the parameter of a path that names it. */
export type Planted = Readonly<Record<string, string>>;

/** In all that is planted, and in nothing else: in no path either, since what the caller asked for is in the caller's own audit log. */
export const canary = 'canary-3f9c';

/** Proposed to the workspace, and not applied. */
export const openProposal = 'bbbbbbbb';

const simulated = (latency: string): string => `agents: { a: { connector: simulated, latency: ${latency} } }`;

/** Puts something into the workspace `default` for whatever a path of the API can name. Workers must run. */
export async function plant(installation: TestInstallation): Promise<Planted> {
  const agent = await plantAgent(installation);
  const receiver = await plantWebhook(installation);
  const workspace = await plantWorkspace(installation);
  const proposal = await plantProposals(installation);
  const host = await plantHost(installation);
  // Of one task, so that it is one that was submitted by itself as well.
  const session = await installation.start(
    `version: 1\nname: walled\ndescription: ${canary}\n${simulated('10m')}\ntasks: { task: { agent: a } }\n`,
  );
  await until('it runs', async () => (await session.runs())[0]?.status === 'running');
  const attempt = { workspace: 'default', session: session.id, run: 'task', attempt: 1, token: 1 };
  await createDiscoveryStore(installation.pool).keep(attempt, 'default/hidden', [
    { scope: {}, feature: { technology: 'walls' }, says: canary },
  ]);
  const [insight] = await installation.client.learning.insights({ all: true });
  const { hash, plan } = await session.plan();
  // Named by the session, since all tests share a Temporal.
  const schedule = await installation.client.schedules.create({
    ...{
      name: `walled-${session.id}`,
      plan,
      hash,
      documents: planDocuments(plan),
      baseDirectory: '/',
      inputs: {},
      paused: true,
    },
    ...{ cron: ['0 3 29 2 *'], timeZone: 'UTC', overlap: 'skip', catchUpMs: 60_000 },
  });
  return {
    ...agent,
    ...workspace,
    ...receiver,
    ...{ proposal, host },
    session: session.id,
    run: 'task',
    task: session.id,
    plan: plan.name,
    version: hash,
    approval: await plantQuestion(installation),
    insight: insight?.id ?? '',
    schedule: schedule.name,
    artifact: await keepDocument(installation.pool, 'default', { canary }),
    delivery: await deliveryTo(installation, receiver.webhook),
    period: 'day',
  };
}

async function plantAgent({ agents, agentSecrets, agentTokens, client, recoveries }: TestInstallation) {
  const hidden = { workspace: 'default', name: 'hidden' };
  await agents.add('default', [
    definitionOf('hidden', {
      description: canary,
      connector: { connector: 'http', url: 'https://hidden.invalid/', headers: {} },
      restart: { command: ['true'], timeoutMs: 1_000 },
    }),
  ]);
  await agentSecrets.set(hidden, 'HIDDEN', canary);
  const [secret] = await agentSecrets.list(hidden);
  return {
    agent: 'hidden',
    secret: secret?.name ?? '',
    memory: (await client.memories.add('hidden', { kind: 'fact', text: canary })).id,
    agentToken: (await createAgentToken(agentTokens, hidden, null)).id,
    recovery: await recoveries.request(hidden, 'restart', { by: canary, why: canary }),
  };
}

async function plantWorkspace({ alerts, apiTokens, workspaces }: TestInstallation) {
  await workspaces.rename('default', canary, 'test');
  for (const member of [canary, 'hidden-member']) await workspaces.putMember('default', member, 'user', 'test');
  await alerts.set('default', {
    ...{ name: 'walled', metric: 'success-rate', agent: canary, raiseAt: 0.5, clearAt: 0.6 },
    ...{ raiseAfter: 2, clearAfter: 3, windowMs: 3_600_000 },
  });
  const token = { name: canary, role: 'user', expiresAt: Date.now() + 3_600_000 } as const;
  const { id } = await createApiToken(apiTokens, 'default', token);
  return { workspace: 'default', subject: 'hidden-member', alert: 'walled', token: id };
}

/** A receiver that nobody can find: what is to be sent to it waits. */
async function plantWebhook({ webhookMessages }: TestInstallation) {
  const types = ['session-started' as const];
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  await webhookMessages.add('default', { name: 'walled', url: `https://receiver.invalid/${canary}`, types, secret });
  return { webhook: 'walled' };
}

async function deliveryTo({ webhookMessages }: TestInstallation, webhook: string): Promise<string> {
  let id: string | undefined;
  await until('it is told of a session', async () => {
    id = (await webhookMessages.deliveries('default', webhook, 1))[0]?.id;
    return id !== undefined;
  });
  return id ?? '';
}

/** One that is applied; the other is not. */
async function plantProposals({ pool }: TestInstallation): Promise<string> {
  const proposals = createProposalStore(pool);
  const open = { ...settingsProposal, id: openProposal, says: canary };
  await proposals.keep('default', [{ ...settingsProposal, says: canary }, open]);
  const [applied] = await proposals.apply('default', [settingsProposal.id]);
  return applied?.proposal ?? '';
}

/** One that has gone, so that it could be removed. */
async function plantHost({ hosts }: TestInstallation): Promise<string> {
  const host = { workspace: 'default', name: 'attic', holder: canary };
  await hosts.join({ ...host, maxConcurrent: 1, agents: [definitionOf('lodger')] }, () => false);
  await hosts.leave(host);
  return (await hosts.list('default'))[0]?.name ?? '';
}

/** A question about a budget, which stays open. */
async function plantQuestion({ client, start }: TestInstallation): Promise<string> {
  await start(
    `version: 1\nname: asking\nbudget: { attempts: 1 }\n${simulated('1ms')}\ntasks:\n  one: { agent: a }\n  two: { agent: a, needs: [one], onBudget: ask }\n`,
  );
  let id: string | undefined;
  await until('somebody is asked', async () => {
    id = (await client.approvals.list({ onlyOpen: true, limit: 1 }))[0]?.id;
    return id !== undefined;
  });
  return id ?? '';
}
