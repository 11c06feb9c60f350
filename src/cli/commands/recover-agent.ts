import { setTimeout as delay } from 'node:timers/promises';
import type { RecoveryEnd } from '../../contracts/ports/agent-recoveries';
import { recoveryOptions } from '../../domain/health/recovery';
import type { RecoveryAction, RemoteAction } from '../../domain/health/recovery';
import type { AgentDefinition, AgentKey } from '../../domain/agents/agent';
import { agentProgramLimitMs } from '../../domain/agents/agent-programs';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder, Installation } from '../ports';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { OutputFormat } from './command';
import type { ByOption } from './control-agent';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

export interface RecoverOptions extends ByOption {
  reason?: string;
  output: OutputFormat;
}

export function listRecoveries(
  host: CommandLineHost,
  folder: DataFolder,
  name: string,
  { output }: Pick<RecoverOptions, 'output'>,
): Promise<number> {
  return withInstallation(host, folder, async ({ agents, client, workspace }) => {
    const agent = await agents.find(workspace, { workspace, name });
    const { 'recovery.automatic': automatic = 'probe' } = await client.settings.get();
    const actions = recoveryOptions(agent).map((option) => ({
      ...option,
      automatic: option.isPossible && automatic.split(',').includes(option.action),
    }));
    if (output === 'json') await printJson(host, { agent: name, actions });
    else {
      const [head = '', ...rows] = formatTable([
        ['ACTION', 'BY ITSELF', ''],
        ...actions.map((one) => [
          one.action,
          one.automatic ? 'yes' : 'no',
          safeLine(one.isPossible ? one.says : `not possible: ${one.says}`),
        ]),
      ]);
      await host.stdout.write(`${[createStyle(host.stdout.hasColours).dim(head), ...rows].join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}

export function recoverAgent(
  host: CommandLineHost,
  folder: DataFolder,
  name: string,
  action: RecoveryAction,
  options: RecoverOptions,
): Promise<number> {
  return withInstallation(host, folder, async (installation) => {
    const key = { workspace: installation.workspace, name };
    const came = await perform(host, installation, key, action, options);
    if (options.output === 'json') await printJson(host, { agent: name, action, ...(came ?? { succeeded: null }) });
    else {
      const words = came
        ? `${came.succeeded ? 'succeeded' : 'failed'}: ${safeLine(came.detail)}`
        : `is asked for, and no worker has done it yet: \`orchestra${folder.argument} agents events ${name}\` tells when one has`;
      await host.stdout.write(`Agent ${name}: ${action} ${words}\n`);
    }
    return came?.succeeded === true ? exitCodes.succeeded : exitCodes.failed;
  });
}

/** Undefined where no worker has done it in time. */
async function perform(
  host: CommandLineHost,
  installation: Installation,
  key: AgentKey,
  action: RecoveryAction,
  { by, reason }: RecoverOptions,
): Promise<RecoveryEnd | undefined> {
  switch (action) {
    case 'drain':
      await installation.agents.setDraining(key, true, { by, ...(reason !== undefined && { why: reason }) });
      return { succeeded: true, detail: 'it takes no new work' };
    case 'quarantine':
      await installation.breakers.quarantine(key, reason ?? 'nobody said why', by);
      return { succeeded: true, detail: 'it gets no work until it is reset' };
    case 'alert':
      return installation.recoveries.alert(key, { by, why: reason ?? null });
    case 'probe':
    case 'restart': {
      const { agents, recoveries } = installation;
      const agent = await agents.find(key.workspace, key);
      const id = await recoveries.request(key, action, { by, why: reason ?? null });
      const until = host.now() + timeLimitOf(action, agent);
      for (;;) {
        const came = await recoveries.endOf(key, id);
        if (came || host.now() > until) return came;
        await delay(lookMs);
      }
    }
  }
}

const lookMs = 200;
/** For a worker to hear of it. */
const graceMs = 10_000;

function timeLimitOf(action: RemoteAction, agent: AgentDefinition): number {
  return agentProgramLimitMs(action === 'restart' ? agent.restart : agent.probe) + graceMs;
}
