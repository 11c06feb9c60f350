import type { LocalInstallation } from '../../src/main/local';
import { memoryOf, memoryOfServers } from '../process-memory';
import { summarize } from '../statistics';
import type { Summary } from '../statistics';
import { measure, warmUp } from './compare';
import { leastContender, projectContender } from './contenders';
import type { EchoWork } from './scenarios';

/** What sessions of short tasks take as they grow. */
export interface Growth {
  kind: EchoWork['kind'];
  tasks: number;
  /** Milliseconds a session. */
  ms: Summary;
  /** The same of an empty workflow and the commits that such a session needs at least. */
  leastMs: Summary;
  /** Resident memory in MiB afterwards, by process. */
  memoryMiB: { worker: number; servers: Record<string, number> };
}

const sizes = [10, 100, 1_000, 5_000];
const kinds = ['chain', 'parallel'] as const;
const warmUpMs = 2_000;

/** One session at a time, from small to large, all of short tasks; beside each the least that it could take. Raw Temporal's worker has to run. */
export async function measureGrowth(
  installation: LocalInstallation,
  dataDirectory: string,
  repetitions: number,
  say: (message: string) => void,
): Promise<Growth[]> {
  const growths: Growth[] = [];
  const oneAtATime = { sessions: 1, inFlight: 1 };
  for (const kind of kinds) {
    for (const tasks of sizes) {
      const project = await projectContender(installation, { kind, tasks, inline: true });
      const least = await leastContender(installation, { kind, tasks });
      await warmUp([project, least], oneAtATime, warmUpMs);
      const measured: number[] = [];
      const leastMeasured: number[] = [];
      for (let repetition = 0; repetition < repetitions; repetition++) {
        measured.push(await measure(project, oneAtATime));
        leastMeasured.push(await measure(least, oneAtATime));
      }
      await least.close?.();
      const [ms, leastMs] = [summarize(measured), summarize(leastMeasured)];
      const memoryMiB = { worker: memoryOf(process.pid), servers: memoryOfServers(dataDirectory) };
      say(`${kind} of ${tasks}, inline: ${ms.median.toFixed(1)} ms, at least ${leastMs.median.toFixed(1)}`);
      growths.push({ kind, tasks, ms, leastMs, memoryMiB });
    }
  }
  return growths;
}
