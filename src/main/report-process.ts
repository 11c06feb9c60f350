import { createHealthStore } from '../stores/health';
import { startProcessMeter } from '../workers/process-meter';
import { repeat } from '../workers/repeat';
import type { Repeated } from '../workers/repeat';
import type { Installation } from './installation';
import { quietly } from './report';
import type { Report } from './report';

/** Three of them in the time in which a process that says nothing counts as gone, twice over. */
const reportMs = 10_000;

/** Has this process say how it is, for as long as it works. */
export function reportProcess(
  { pool, configuration }: Installation,
  roles: readonly string[],
  report: Report,
): Repeated {
  const store = createHealthStore(pool);
  const meter = startProcessMeter();
  const tell = (): Promise<void> => store.reportProcess(configuration.workspace, { ...meter.read(), roles });
  const onError = quietly('Process report', report);
  const first = tell().catch(onError);
  const repeated = repeat(reportMs, tell, onError);
  return {
    stop: async () => {
      await first;
      await repeated.stop();
      meter.stop();
    },
  };
}
