import { planFileText } from '../../contracts/schemas/plan-file-text';
import { requirePlan } from '../../contracts/schemas/read-plan';
import { OrchestraError } from '../../domain/errors';
import type { Plan } from '../../domain/plan/plan';
import { isUnchanged } from '../../domain/plan/plan-changes';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder, Installation, Session } from '../ports';
import { readPlanFile } from '../read-plan-file';
import { planChangeLines } from '../report/plan-change-words';
import { statusWords } from '../report/session-words';
import { safeLine } from '../terminal/safe-text';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withSession } from './with-session';

export interface EditOptions {
  file?: string;
  dryRun: boolean;
  by: string;
  output: OutputFormat;
}

interface Version {
  plan: Plan;
  hash: string;
}

interface Edit {
  session: Session;
  installation: Installation;
  before: Version;
  options: EditOptions;
}

/** Edits the plan of a session: in an editor, or by a file that takes its place. */
export async function editSession(
  host: CommandLineHost,
  folder: DataFolder,
  id: string,
  options: EditOptions,
): Promise<number> {
  // What is wrong with the file is told whether servers run or not.
  const written = options.file === undefined ? undefined : await readPlanAt(host, options.file);
  return withSession(host, folder, id, async (session, installation) => {
    const edit: Edit = { session, installation, before: await session.plan(), options };
    return written ? apply(host, edit, written) : inEditor(host, edit);
  });
}

/** What was written is lost only where it was taken in, or changes nothing. */
async function inEditor(host: CommandLineHost, edit: Edit): Promise<number> {
  const { session, before } = edit;
  const stopListening = host.onSignal(() => undefined);
  const file = await host
    .editText(`${before.plan.name}.plan.yaml`, headOf(session, before.hash) + planFileText(before.plan))
    .finally(stopListening);
  try {
    const exitCode = await apply(host, edit, await readPlanAt(host, file.path));
    if (exitCode === exitCodes.succeeded && !edit.options.dryRun) await file.remove();
    else await host.stderr.write(`What you have written is in ${file.path}\n`);
    return exitCode;
  } catch (error) {
    if (!(error instanceof OrchestraError)) throw error;
    const { code, message } = error;
    throw new OrchestraError(
      code,
      `${message}\nWhat you have written is in ${file.path}; \`orchestra sessions edit ${session.id} --file\` takes it.`,
      { cause: error },
    );
  }
}

async function readPlanAt(host: CommandLineHost, file: string): Promise<Version> {
  return requirePlan(await readPlanFile(host, file));
}

function headOf({ id }: Session, hash: string): string {
  return [
    `# The plan of session ${id}, version ${hash.slice(0, 12)}.`,
    '# Tasks that have not begun can be added, removed and changed. Leave it as it is to change nothing.',
    '',
  ].join('\n');
}

async function apply(host: CommandLineHost, edit: Edit, { plan, hash }: Version): Promise<number> {
  const { session, installation, before, options } = edit;
  const { changes, refusals } = await session.previewEdit(before.plan, plan);
  const isNothing = isUnchanged(changes);
  const isTaken = !isNothing && !options.dryRun;
  // The session itself has the last word.
  const reply = isTaken
    ? await session.edit({
        plan,
        hash,
        documents: installation.planDocuments(plan),
        from: before.hash,
        by: options.by,
      })
    : undefined;
  const isRefused = !isTaken && refusals.length > 0;
  if (options.output === 'json') {
    await printJson(host, {
      session: session.id,
      from: before.hash,
      to: hash,
      changes,
      refusals: isTaken ? [] : refusals,
      edited: isTaken,
      ...(reply && { status: reply.status }),
    });
    return isRefused ? exitCodes.failed : exitCodes.succeeded;
  }
  const end = isNothing
    ? `Nothing is changed: session ${session.id} has this plan.`
    : reply
      ? `Session ${session.id} goes on with it; it is ${statusWords(reply.status)}.`
      : isRefused
        ? `Session ${session.id} would refuse it:\n${refusals.map((refusal) => `  ${safeLine(refusal)}`).join('\n')}`
        : `Session ${session.id} would take it. Nothing is changed yet: leave out --dry-run.`;
  const lines = planChangeLines(changes).map((line) => `  ${safeLine(line)}\n`);
  await host.stdout.write(`${lines.join('')}${end}\n`);
  return isRefused ? exitCodes.failed : exitCodes.succeeded;
}
