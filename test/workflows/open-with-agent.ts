import { openTestInstallation } from '../helpers/servers/test-installation';
import type { TestInstallation } from '../helpers/servers/test-installation';
import { startControlledAgent } from './controlled-agent';
import type { ControlledAgent } from './controlled-agent';

interface WithAgent {
  installation: TestInstallation;
  agent: ControlledAgent;
  close(this: void): Promise<void>;
}

/** An installation with its workers, and an agent that works until the test lets it answer. */
export async function openWithAgent(): Promise<WithAgent> {
  const [installation, agent] = await Promise.all([openTestInstallation(), startControlledAgent()]);
  await installation.startWorkers();
  const close = async (): Promise<void> => {
    await agent.close();
    await installation.close();
  };
  return { installation, agent, close };
}
