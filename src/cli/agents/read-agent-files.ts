import { extname, join, resolve } from 'node:path';
import { hasFrontMatter } from '../../contracts/schemas/front-matter';
import { readAgent } from '../../contracts/schemas/read-agent';
import type { AgentReading } from '../../contracts/schemas/read-agent';
import { formatSourceIssue } from '../../contracts/schemas/source-position';
import type { AgentDefinition } from '../../domain/agents/agent';
import { agentsInvalid } from '../../domain/agents/agent-errors';
import { OrchestraError } from '../../domain/errors';
import { listNamedFolder } from '../named-files';
import type { CommandLineHost } from '../ports';
import { safeText } from '../terminal/safe-text';

const extensions: ReadonlySet<string> = new Set(['.md', '.yaml', '.yml', '.json']);

/** The agents of files and folders; notes about them go to stderr. Throws AGENT_INVALID with everything that is wrong, and USAGE for an empty folder. */
export async function readAgentFiles(host: CommandLineHost, paths: readonly string[]): Promise<AgentDefinition[]> {
  const files = (await Promise.all(paths.map((path) => filesAt(host, path)))).flat();
  const readings = await Promise.all(
    files.map(async (found) => ({ file: found.file, ...(await readFile(host, found)) })),
  );
  const faults = [...readings.flatMap(({ issues }) => issues.map(formatSourceIssue)), ...repeatedNames(readings)];
  if (faults.length > 0) throw agentsInvalid(faults);
  for (const note of readings.flatMap(({ notes }) => notes)) {
    await host.stderr.write(`${safeText(formatSourceIssue(note))}\n`);
  }
  return readings.flatMap(({ definition }) => definition ?? []);
}

/** A file that was named itself must be an agent; a folder may hold other pages as well. */
interface Found {
  file: string;
  isNamed: boolean;
}

async function filesAt(host: CommandLineHost, path: string): Promise<Found[]> {
  const names = await listNamedFolder(host, path);
  if (!names) return [{ file: path, isNamed: true }];
  const files = names.filter((name) => extensions.has(extname(name))).sort();
  if (files.length > 0) return files.map((name) => ({ file: join(path, name), isNamed: false }));
  throw new OrchestraError('USAGE', `The folder ${path} holds no agent file (${[...extensions].join(', ')}).`);
}

async function readFile(host: CommandLineHost, { file, isNamed }: Found): Promise<AgentReading> {
  try {
    const text = await host.readText(resolve(host.currentDirectory, file));
    const isPage = !isNamed && extname(file) === '.md' && !hasFrontMatter(text);
    const skipped = { file, line: 1, column: 1, message: 'is no agent: it has no front matter' };
    return isPage ? { issues: [], notes: [skipped] } : readAgent(file, text);
  } catch (error) {
    const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { issues: [{ file, line: 1, column: 1, message }], notes: [] };
  }
}

function repeatedNames(readings: readonly (AgentReading & { file: string })[]): string[] {
  const firstFile = new Map<string, string>();
  return readings.flatMap(({ file, definition, at = { line: 1, column: 1 } }) => {
    if (!definition) return [];
    const first = firstFile.get(definition.name);
    if (first === undefined) {
      firstFile.set(definition.name, file);
      return [];
    }
    const message = `name: "${definition.name}" is also the agent of ${first}: rename one of them`;
    return [formatSourceIssue({ file, ...at, message })];
  });
}
