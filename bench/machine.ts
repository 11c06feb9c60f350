import { availableParallelism, cpus, totalmem } from 'node:os';
import { temporal } from '@temporalio/proto';
import type { Installation } from '../src/main/installation';

/** What the figures depend on, without anything that tells whose machine it is. */
export interface Machine {
  cores: number;
  processor: string;
  memoryGb: number;
  node: string;
  temporalSdk: string;
  temporalServer: string;
  postgres: string;
}

export async function describeMachine({ temporal: client, pool }: Installation): Promise<Machine> {
  const request = temporal.api.workflowservice.v1.GetSystemInfoRequest.create();
  const { serverVersion } = await client.workflowService.getSystemInfo(request);
  const { rows } = await pool.query<{ server_version: string }>('SHOW server_version');
  const { default: sdk } = await import('@temporalio/client/package.json');
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    temporalSdk: sdk.version,
    temporalServer: serverVersion ?? 'unknown',
    postgres: rows[0]?.server_version ?? 'unknown',
  };
}
