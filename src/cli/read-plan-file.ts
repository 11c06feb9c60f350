import { resolve } from 'node:path';
import { readPlan } from '../contracts/schemas/read-plan';
import type { PlanReading } from '../contracts/schemas/read-plan';
import type { CommandLineHost } from './ports';

/** Reads a plan named on the command line; messages name it as it was named, its base directory is absolute. */
export async function readPlanFile(host: CommandLineHost, file: string): Promise<PlanReading> {
  const reading = await readPlan({ file }, (path) => host.readText(resolve(host.currentDirectory, path)));
  if (!reading.plan) return reading;
  return { ...reading, baseDirectory: resolve(host.currentDirectory, reading.baseDirectory) };
}
