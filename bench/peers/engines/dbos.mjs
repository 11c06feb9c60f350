import { DBOS } from '@dbos-inc/dbos-sdk';
import { numbers, verified } from './verified.mjs';
import { versionOf } from './version-of.mjs';

const echo = DBOS.registerWorkflow(
  async ({ kind, tasks }, text) => {
    const step = (input, name) => DBOS.runStep(async () => input, { name });
    if (kind === 'parallel') return (await Promise.all(numbers(tasks).map((nth) => step(text, `t${nth}`)))).at(-1);
    let current = text;
    for (const nth of numbers(tasks)) current = await step(current, `t${nth}`);
    return current;
  },
  { name: 'echo' },
);

export async function open({ databaseUrl }) {
  DBOS.setConfig({
    name: 'bench-peers',
    systemDatabaseUrl: databaseUrl,
    systemDatabasePoolSize: 20,
    logLevel: 'error',
  });
  await DBOS.launch();
  return {
    name: 'DBOS',
    version: versionOf('@dbos-inc/dbos-sdk'),
    durability: 'a row of PostgreSQL for each step',
    contender: (work) => verified('DBOS', async (text) => (await DBOS.startWorkflow(echo)(work, text)).getResult()),
    close: () => DBOS.shutdown(),
  };
}
