import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LeanWorker } from '../../src/workers/lean-worker';
import { quietRuntime } from '../helpers/quiet-runtime';
import { readSaved, readSavedHistories } from './saved-histories';
import type { SavedHistory } from './saved-histories';

const codePath = join(process.cwd(), 'dist/workflow-bundle.js');
const saved = readSavedHistories();

beforeAll(() => quietRuntime('OFF'));

/** What went wrong in the replay of each history, by name; undefined where nothing did. */
async function replay(histories: SavedHistory[]): Promise<Map<string, string | undefined>> {
  const errors = new Map<string, string | undefined>();
  async function* all() {
    for (const { workflowId, history } of histories) yield { workflowId, history };
  }
  const results = LeanWorker.runReplayHistories({ workflowBundle: { codePath }, replayName: 'saved' }, all());
  let at = 0;
  for await (const { error } of results)
    errors.set(histories[at++]?.name ?? '', error && `${error.name}: ${error.message}`);
  return errors;
}

it('replays the saved history of every feature', async () => {
  const errors = await replay(saved);
  expect(errors.size).toBe(saved.length);
  expect([...errors].filter(([, error]) => error !== undefined)).toEqual([]);
});

it.each([
  'cancel',
  'cancel-task',
  'cancelled-in-temporal',
  'chain',
  'check-health',
  'child-session',
  'child-session-review',
  'continue-as-new',
  'edit',
  'failure',
  'fan-out',
  'gate-and-fallback',
  'learn',
  'mine',
  'pause-and-resume',
  'registered-agents',
  'remote-agent',
  'retries',
  'race',
  'retry-of-a-finished-session',
  'scheduled-session',
  'started-with-a-turn',
  'timeouts',
  'waiting-line',
])('has a history of %s', (feature) => {
  expect(saved.filter(({ name }) => name.replace(/\.\d+$/, '') === feature)).not.toEqual([]);
});

it('has histories of runs that continue others', () => {
  const runs = (feature: string) => saved.filter(({ name }) => name.startsWith(`${feature}.`));
  expect(runs('continue-as-new').length).toBeGreaterThan(1);
  expect(runs('retry-of-a-finished-session')).toHaveLength(2);
});

it('does not replay a history that the workflow would not make', async () => {
  const original = saved.find(({ name }) => name === 'chain.1');
  if (!original) throw new Error('the history of a chain is missing');
  const tampered = readSaved(JSON.stringify(original).replaceAll('"name":"runTask"', '"name":"walkTheDog"'));
  const errors = await replay([{ ...tampered, name: 'chain.1' }]);
  expect(errors.get('chain.1')).toMatch(/Determinism/);
});

it('has a bundle of nothing but the workflow, what is pure, and the SDK', () => {
  const code = readFileSync(codePath, 'utf8');
  const modules = [...code.matchAll(/^\/\*\*\*\/ "([^"]+)"/gm)].flatMap(([, name]) => name ?? []);
  expect(modules.length).toBeGreaterThan(20);
  const libraries = modules.flatMap((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(name)?.[1] ?? []);
  expect([...new Set(libraries)].sort()).toEqual([
    '@temporalio/common',
    '@temporalio/workflow',
    'long',
    'ms',
    'nexus-rpc',
  ]);
  const own = modules.filter((name) => !name.includes('node_modules/') && !isConverterPlace(name));
  const folders = own.map(
    (name) =>
      /^\.\/[^/]+\/(workflows|contracts\/protocol|domain\/agents|domain\/session|domain)\/[^/]+\.js$/.exec(name)?.[1] ??
      name,
  );
  expect([...new Set(folders)].sort()).toEqual([
    'contracts/protocol',
    'domain',
    'domain/agents',
    'domain/session',
    'workflows',
  ]);
  expect(code).not.toMatch(/require\(["']node:|__webpack_require__\(\/\*! (node:|pg|zod)/);
});

/** Where a custom converter would be; there is none. */
function isConverterPlace(name: string): boolean {
  return /^\?[0-9a-f]+$/.test(name);
}
