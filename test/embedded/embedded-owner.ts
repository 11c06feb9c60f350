/*
 * Run as a process of its own: starts the embedded servers of the options in its first argument (JSON), tells of them in a line of JSON,
 * and runs until it is killed, or until its standard input ends: then it stops them and exits.
 */
import { startGuardian } from '../../src/processes/guardian';
import { startEmbeddedServers } from '../../src/embedded/start-embedded-servers';

async function main(): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as { dataDirectory: string };
  const servers = await startEmbeddedServers({
    environment: process.env,
    onProgress: (message) => process.stderr.write(`[owner ${process.pid}] ${message}\n`),
    ...options,
  });
  const { temporal, postgres, owned } = servers;
  const report = {
    owned,
    address: temporal.address,
    webUiUrl: temporal.webUiUrl,
    databaseUrl: postgres.url,
    temporalPid: temporal.pid(),
    postgresPid: postgres.pid(),
    guardianPid: startGuardian().pid(),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.stdin.resume();
  process.stdin.once('end', () => void servers.stop().then(() => process.exit(0)));
}

void main();
