import { hostname, totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { ProcessReport } from '../domain/health/measurements';

/** How late a timer is, that should come every so often, is the delay of the event loop. */
const resolutionMs = 50;

export interface ProcessMeter {
  /** What this process has measured of itself since the last call. */
  read(): Omit<ProcessReport, 'roles'>;
  stop(): void;
}

export function startProcessMeter(): ProcessMeter {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  return {
    read: () => {
      const p99Ms = delays.percentile(99) / 1_000_000;
      delays.reset();
      const heap = getHeapStatistics();
      return {
        process: `${hostname()}/${process.pid}`,
        eventLoopDelayMs: Math.max(0, p99Ms - resolutionMs),
        residentBytes: process.memoryUsage.rss(),
        heapUsedBytes: heap.used_heap_size,
        heapLimitBytes: heap.heap_size_limit,
        memoryLimitBytes: memoryLimitOf(totalmem(), process.constrainedMemory()),
      };
    },
    stop: () => delays.disable(),
  };
}

/**
 * What there is for a process: of its container, or else of the machine.
 *
 * @param constrainedBytes as Node.js tells it of the container: 0 where it does not know, more than the machine has where nothing is limited
 */
export function memoryLimitOf(totalBytes: number, constrainedBytes: number): number {
  return constrainedBytes > 0 ? Math.min(totalBytes, constrainedBytes) : totalBytes;
}
