import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';

const { History } = temporal.api.history.v1;

/** Of one workflow run. */
export type History = temporal.api.history.v1.IHistory;

const folder = join(__dirname, 'histories');

/** A history of one workflow run, as it is saved in `histories/<feature>.<nth>.json`. */
export interface SavedHistory {
  /** `retries.1`: the feature, and the number of the run. */
  name: string;
  workflowId: string;
  history: History;
}

export function readSavedHistories(): SavedHistory[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.json'.length),
      ...readSaved(readFileSync(join(folder, file), 'utf8')),
    }));
}

export function readSaved(json: string): Omit<SavedHistory, 'name'> {
  const { workflowId, history } = JSON.parse(json) as { workflowId: string; history: object };
  return { workflowId, history: History.fromObject(history) };
}

/** Takes the place of the histories that are there, or only of those with the same names. */
export function saveHistories(histories: readonly SavedHistory[], { keepOthers }: { keepOthers: boolean }): void {
  if (!keepOthers) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, workflowId, history } of histories) {
    const json = JSON.stringify({ workflowId, history: toPlain(history) }, withoutMachine);
    writeFileSync(join(folder, `${name}.json`), `${json}\n`);
  }
}

function toPlain(history: History): unknown {
  return History.toObject(History.fromObject(history), { longs: String, enums: String, bytes: String });
}

/** Of a test installation. Ids of workflows are made of it, and a replay worker has another: it is named after the replay, and counted. */
const testQueue = /\btest_[0-9a-f]{12}\b/g;
const replayQueue = 'saved-0';

/** Nothing of the machine that recorded it, and nothing that a replay does not read. */
function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'stackTrace' || key === 'identity' || key === 'requestId') return undefined;
  return typeof value === 'string' ? value.replaceAll(hostname(), 'host').replace(testQueue, replayQueue) : value;
}
