import { singleTaskName } from '../../domain/plan/single-task';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { reasonWords } from '../report/reason-words';
import { safeLine, safeText } from '../terminal/safe-text';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withTask } from './with-session';

/** Throws TASK_NOT_FOUND. */
export function showTask(host: CommandLineHost, folder: DataFolder, id: string, output: OutputFormat): Promise<number> {
  return withTask(host, folder, id, async (session, { routing, workspace }, plan) => {
    const [runs, outputs, outcomes] = await Promise.all([
      session.runs(),
      session.outputs(singleTaskName),
      routing.outcomes(workspace, session.id, singleTaskName),
    ]);
    const run = runs.find((one) => one.run === singleTaskName);
    const status = run?.status ?? 'pending';
    const result = outputs.get(singleTaskName) ?? null;
    const { reason = null, agent = null, error = null, waitsFor = null } = run ?? {};
    if (output === 'json') {
      const attempts = outcomes.map(
        ({ attempt, run: of, agent: by, verdict, durationMs, costUsd, tokens, error: why }) => ({
          ...{ run: of, attempt, agent: by, verdict, durationMs, costUsd, tokens, error: why },
        }),
      );
      await printJson(host, {
        id: session.id,
        type: plan.name,
        status,
        reason,
        agent,
        waitsFor,
        output: result,
        error,
        attempts,
      });
      return exitCodes.succeeded;
    }
    const because = reasonWords(reason);
    const lines = [
      `${session.id} (${plan.name}) ${status}${because === undefined ? '' : `: ${because}`}${agent === null ? '' : `, by ${safeLine(agent)}`}`,
      ...(waitsFor === null ? [] : [`It waits: ${safeLine(waitsFor)}`]),
      ...(error === null ? [] : [safeText(error)]),
      ...(result === null ? [] : [safeText(JSON.stringify(result, null, 2))]),
    ];
    await host.stdout.write(`${lines.join('\n')}\n`);
    return exitCodes.succeeded;
  });
}
