/**
 * Records the saved histories of features anew, of all where none is named, after a change of the workflow that no running session can meet:
 *
 *   npm run build && node --require ./scripts/typescript-hook.cjs test/replay/record-histories.ts [FEATURE...]
 *
 * After a change that running sessions do meet, the old histories stay and have to replay: see docs/architecture.md.
 */
import startServers from '../helpers/servers/start-servers';
import stopServers from '../helpers/servers/stop-servers';
import { openTestInstallation } from '../helpers/servers/test-installation';
import { startControlledAgent } from '../workflows/controlled-agent';
import { runScenarios } from './scenarios';
import { saveHistories } from './saved-histories';

async function record(features: readonly string[]): Promise<void> {
  await startServers();
  try {
    const [installation, agent] = await Promise.all([
      openTestInstallation({ ORCHESTRA_CONTINUE_AFTER_EVENTS: '60' }),
      startControlledAgent(),
    ]);
    try {
      await installation.startWorkers(['sessions', 'agents', 'learning', 'health']);
      const isWanted = (feature: string): boolean => features.length === 0 || features.includes(feature);
      const histories = await runScenarios(installation, agent, isWanted);
      saveHistories(histories, { keepOthers: features.length > 0 });
      process.stdout.write(`${histories.map(({ name }) => name).join(', ')}\n`);
    } finally {
      await agent.close();
      await installation.close();
    }
  } finally {
    await stopServers();
  }
}

record(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
