import type { ProcessGroups } from '../../../src/connectors/command/process-groups';
import { endProcessGroup } from '../../../src/processes/end-process-group';

/** Process groups without a watchdog, which records what it was asked to watch. */
export function createRecordingProcessGroups(): ProcessGroups & { watched: number[]; released: number[] } {
  const watched: number[] = [];
  const released: number[] = [];
  return {
    watched,
    released,
    watch(pid) {
      watched.push(pid);
      return { release: () => void released.push(pid) };
    },
    end: (pid, graceMs) => endProcessGroup(pid, { signal: 'SIGTERM', graceMs }),
  };
}
