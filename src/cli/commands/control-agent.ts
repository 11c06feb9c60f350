import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { withInstallation } from './with-session';

/** Who does it, for the events of the agent. */
export interface ByOption {
  by: string;
}

export function drainAgent(host: CommandLineHost, folder: DataFolder, name: string, { by }: ByOption): Promise<number> {
  return withInstallation(host, folder, async ({ agents, workspace }) => {
    await agents.setDraining({ workspace, name }, true, { by });
    const { running } = await agents.find(workspace, { workspace, name });
    const rest =
      running === 0
        ? 'it is idle and can be removed'
        : `${running} in flight, which ${running === 1 ? 'ends' : 'end'} first`;
    return say(host, `Agent ${name} takes no new work; ${rest}.`);
  });
}

export function undrainAgent(
  host: CommandLineHost,
  folder: DataFolder,
  name: string,
  { by }: ByOption,
): Promise<number> {
  return withInstallation(host, folder, async ({ agents, workspace }) => {
    await agents.setDraining({ workspace, name }, false, { by });
    return say(host, `Agent ${name} takes work again.`);
  });
}

export function quarantineAgent(
  host: CommandLineHost,
  folder: DataFolder,
  name: string,
  { reason, by }: ByOption & { reason: string },
): Promise<number> {
  return withInstallation(host, folder, async ({ breakers, workspace }) => {
    await breakers.quarantine({ workspace, name }, reason, by);
    return say(
      host,
      `Agent ${name} is in quarantine: it gets no new work until \`orchestra${folder.argument} agents reset ${name}\`.`,
    );
  });
}

export function resetAgent(host: CommandLineHost, folder: DataFolder, name: string, { by }: ByOption): Promise<number> {
  return withInstallation(host, folder, async ({ breakers, workspace }) => {
    await breakers.reset({ workspace, name }, by);
    return say(host, `Agent ${name} gets work again.`);
  });
}

export function removeAgent(host: CommandLineHost, folder: DataFolder, name: string): Promise<number> {
  return withInstallation(host, folder, async ({ agents, workspace }) => {
    await agents.remove({ workspace, name });
    return say(host, `Agent ${name} is removed, with its secrets and its record.`);
  });
}

async function say(host: CommandLineHost, message: string): Promise<number> {
  await host.stdout.write(`${message}\n`);
  return exitCodes.succeeded;
}
