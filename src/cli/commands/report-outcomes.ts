import { readOutcomeReports } from '../../contracts/schemas/read-outcome-reports';
import type { ReportReading } from '../../contracts/schemas/read-outcome-reports';
import { formatSourceIssue } from '../../contracts/schemas/source-position';
import { agentId } from '../../domain/agents/agent-ref';
import { OrchestraError } from '../../domain/errors';
import { planLimits } from '../../domain/plan/limits';
import { count } from '../../domain/routing/plain-words';
import { exitCodes } from '../exit-codes';
import { readNamedFile } from '../named-files';
import type { CommandLineHost, DataFolder, Installation } from '../ports';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

/** Reports of a file, or of stdin. Nothing is kept where one of them is wrong. */
export async function reportOutcomes(
  host: CommandLineHost,
  folder: DataFolder,
  file: string,
  output: OutputFormat,
): Promise<number> {
  const text = await textOf(host, file);
  return withInstallation(host, folder, async (installation) => {
    const { client, workspace } = installation;
    const { reports, issues } = readOutcomeReports(file, text, workspace, host.now());
    const faults = [...issues.map(formatSourceIssue), ...(await unknownAgents(reports, installation))];
    if (faults.length > 0) throw reportsInvalid(faults);
    if (reports.length === 0) throw nothingReported(file);
    const added = await client.learning.report(reports.map(({ report }) => report));
    const known = reports.length - added;
    if (output === 'json') await printJson(host, { reported: added, known });
    else
      await host.stdout.write(
        `${count(added, 'outcome')} reported${known > 0 ? `; ${known} known already` : ''}. What they teach is learnt within seconds.\n`,
      );
    return exitCodes.succeeded;
  });
}

async function textOf(host: CommandLineHost, file: string): Promise<string> {
  if (file !== '-') return readNamedFile(host, file);
  const text = await host.readStdin();
  if (text !== undefined) return text;
  throw new OrchestraError('USAGE', 'Give the reports on stdin, for instance with `< outcomes.jsonl`, or name a file.');
}

/** Each is looked for once, and told where it is named first. */
async function unknownAgents(
  reports: ReportReading['reports'],
  { agents, workspace }: Installation,
): Promise<string[]> {
  const first = new Map([...reports].reverse().map((one) => [agentId(one.report.agent), one] as const));
  const faults: string[] = [];
  for (const { report, issueAt } of first.values()) {
    try {
      await agents.find(workspace, report.agent);
    } catch (error) {
      if (!(error instanceof OrchestraError) || error.code !== 'AGENT_NOT_FOUND') throw error;
      faults.push(formatSourceIssue(issueAt(['agent'], error.message)));
    }
  }
  return faults;
}

function nothingReported(file: string): OrchestraError {
  const place = file === '-' ? 'Stdin' : `"${file}"`;
  return new OrchestraError('INPUT_INVALID', `${place} holds no report: write one a line, as JSON.`);
}

function reportsInvalid(faults: readonly string[]): OrchestraError {
  const shown = faults.slice(0, planLimits.issues).join('\n');
  const more = faults.length > planLimits.issues ? `\n(and ${faults.length - planLimits.issues} more)` : '';
  return new OrchestraError('INPUT_INVALID', `Nothing was reported, because of\n${shown}${more}`);
}
