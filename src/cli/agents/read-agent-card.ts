import { resolve } from 'node:path';
import { readAgentCard } from '../../contracts/schemas/read-agent-card';
import type { CardOptions, CardReading } from '../../contracts/schemas/read-agent-card';
import { formatSourceIssue } from '../../contracts/schemas/source-position';
import { agentsInvalid } from '../../domain/agents/agent-errors';
import type { CommandLineHost } from '../ports';
import { safeText } from '../terminal/safe-text';

type WrittenCard = NonNullable<CardReading['written']>;

/** Where agents have their cards; the second is that of older versions of the protocol. */
const wellKnown = ['/.well-known/agent-card.json', '/.well-known/agent.json'];

/** The card at an address or in a file, as the keys of an agent file; notes about it go to stderr. Throws AGENT_INVALID with everything that is wrong. */
export async function readCardAt(host: CommandLineHost, place: string, options: CardOptions): Promise<WrittenCard> {
  const { file, text } = /^https?:\/\//.test(place) ? await download(host, place) : await read(host, place);
  const { written, issues, notes } = readAgentCard(file, text, options);
  if (!written) throw agentsInvalid(issues.map((issue) => safeText(formatSourceIssue(issue))));
  for (const note of notes) await host.stderr.write(`${safeText(formatSourceIssue(note))}\n`);
  return written;
}

interface CardText {
  file: string;
  text: string;
}

async function read(host: CommandLineHost, path: string): Promise<CardText> {
  try {
    return { file: path, text: await host.readText(resolve(host.currentDirectory, path)) };
  } catch (error) {
    throw agentsInvalid([`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** The address itself where a card is there, else the well-known ones below it. */
async function download(host: CommandLineHost, address: string): Promise<CardText> {
  if (!URL.canParse(address)) throw agentsInvalid([`${address}: is no valid address`]);
  const isFile = new URL(address).pathname.endsWith('.json');
  const faults: string[] = [];
  for (const url of isFile ? [address] : [address, ...wellKnown.map((path) => below(address, path))]) {
    try {
      const { status, text } = await host.download(url);
      const isFound = status >= 200 && status <= 299;
      if (isFound && (isFile || url !== address || looksLikeCard(text))) return { file: url, text };
      faults.push(isFound ? `${url}: is no agent card` : `${url}: cannot be read: HTTP ${status}`);
    } catch (error) {
      faults.push(`${url}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw agentsInvalid(faults.map(safeText));
}

function below(address: string, path: string): string {
  const url = new URL(address);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  url.search = '';
  return url.href;
}

/** What is at an address may be a page for people, or the agent itself. */
function looksLikeCard(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'name' in value && 'skills' in value;
  } catch {
    return false;
  }
}
