import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';

/**
 * Of a worker that belongs to a version of a Worker Deployment: Temporal gives it work once that version is current, or ramping. Workflows move to
 * the current version with their next task: see docs/decisions/2026-11-22-versions-of-workers.md. Nothing for a worker of no version.
 */
export function asVersion(
  version: WorkerDeploymentVersion | undefined,
): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (!version) return {};
  return {
    workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' },
  };
}
