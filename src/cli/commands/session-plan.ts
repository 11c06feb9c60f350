import { planFileText } from '../../contracts/schemas/plan-file-text';
import { writePlanFile } from '../../contracts/schemas/write-plan-file';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { printJson } from './print-json';
import { withSession } from './with-session';

export type PlanFormat = 'yaml' | 'json';

/** Prints the plan that the session goes by now, as a plan file. */
export function printSessionPlan(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  format: PlanFormat,
): Promise<number> {
  return withSession(host, folder, id, async (session) => {
    const { plan } = await session.plan();
    if (format === 'json') await printJson(host, writePlanFile(plan));
    else await host.stdout.write(planFileText(plan));
    return exitCodes.succeeded;
  });
}
