import { assign } from '../../../src/domain/routing/assign';
import type { Assignment } from '../../../src/domain/routing/assignment';
import { leaseTerms, termSettingsOf } from '../../../src/domain/routing/attempt-terms';
import type { AttemptTerms } from '../../../src/domain/routing/attempt-terms';
import { recompute } from '../../../src/domain/routing/build-assignment';
import { activityKey } from '../../../src/domain/learning/belief';
import { Roster } from '../../../src/domain/routing/roster';
import { workspaceSettings } from '../../../src/domain/settings/workspace-settings';
import type { WorkspaceOptions } from '../../../src/domain/settings/workspace-settings';
import { agent, needs, recordOf } from './agent-profiles';

const minutesMs = (count: number): number => count * 60_000;
const terms: AttemptTerms = {
  capability: 'write',
  taskType: 'bug-fix',
  attempt: 1,
  timeoutMs: minutesMs(30),
  learnsTimeout: true,
};
const ofKind = recordOf(Array.from({ length: 20 }, () => minutesMs(2)));
const bugFixes = activityKey({ capability: 'write', taskType: 'bug-fix' });

const writer = agent('ada', {
  models: [{ name: 'haiku' }, { name: 'opus', price: { inputUsd: 5, outputUsd: 25 } }],
  records: new Map([[bugFixes, ofKind]]),
  modelRecords: new Map([
    ['haiku', { record: recordOf([minutesMs(1)], 20) }],
    ['opus', { record: ofKind }],
  ]),
});

function assigned(given: Partial<AttemptTerms> = {}, options: WorkspaceOptions = {}, seed?: string): Assignment {
  const termSettings = termSettingsOf(workspaceSettings({ 'prices.haiku': '1/5', ...options }));
  const request = { workspace: 'w', requirement: needs(), terms: { ...terms, ...given }, termSettings };
  const [answer] = assign(new Roster([writer]), [{ ...request, ...(seed !== undefined && { seed }) }]);
  if (answer?.kind !== 'assigned') throw new Error('nobody took it');
  return answer;
}

test('an assignment says the model and the timeout, and its lease keeps them', () => {
  const answer = assigned();
  expect(answer.model).toMatchObject({ name: 'opus', reason: 'meets' });
  expect(answer.timeout).toMatchObject({ ms: minutesMs(4), from: 'evidence' });
  expect(leaseTerms(answer)).toEqual({ model: 'opus', timeoutMs: minutesMs(4) });
});

test('it is worked out again from what it has stored, also where it explored', () => {
  for (const seed of ['a', 'b', 'c', 'd']) {
    const answer = assigned({ atLeast: 0.1 }, {}, seed);
    expect(recompute(JSON.parse(JSON.stringify(answer)) as Assignment)).toEqual(answer);
  }
});

test('the floor of the task goes before that of the workspace, and decides which model is good enough', () => {
  expect(assigned({ atLeast: 0.05 }).model).toMatchObject({ name: 'haiku', reason: 'meets' });
  expect(assigned({}, { 'models.atLeast': 0.05 }).model?.name).toBe('haiku');
  expect(assigned({ atLeast: 0.9 }, { 'models.atLeast': 0.05 }).model?.name).toBe('opus');
});

test('the workspace says how sure it must be', () => {
  expect(assigned({ atLeast: 0.9 }, { 'models.confidence': 0.99 }).model?.reason).toBe('best');
});

test('a plan that says a timeout has it, and a workspace can switch evidence off', () => {
  const { learnsTimeout: _, ...stated } = terms;
  const termSettings = termSettingsOf(workspaceSettings({}));
  const [answer] = assign(new Roster([writer]), [
    { workspace: 'w', requirement: needs(), terms: { ...stated, timeoutMs: minutesMs(3) }, termSettings },
  ]);
  expect(answer).toMatchObject({ timeout: { ms: minutesMs(3), from: 'plan' } });
  const off = assigned({}, { 'learned.timeouts': 'off' });
  expect(off.timeout).toEqual({ ms: minutesMs(30), from: 'default' });
  expect(leaseTerms(off)).toEqual({ model: 'opus' });
});

test('evidence of another kind of task says nothing of this one', () => {
  expect(assigned({ taskType: 'docs' }).timeout?.from).toBe('default');
});

describe('where it runs', () => {
  const shortTasks = recordOf(Array.from({ length: 20 }, () => 30));
  const service = { connector: 'http', type: 'http', records: new Map([[bugFixes, shortTasks]]) };
  const place = (inline: AttemptTerms['inline'], profile = agent('eve', service)) => {
    const termSettings = termSettingsOf(workspaceSettings({}));
    const request = {
      workspace: 'w',
      requirement: needs(),
      terms: { ...terms, ...(inline && { inline }) },
      termSettings,
    };
    const [answer] = assign(new Roster([profile]), [request]);
    if (answer?.kind !== 'assigned') throw new Error('nobody took it');
    expect(recompute(JSON.parse(JSON.stringify(answer)) as Assignment)).toEqual(answer);
    return answer.place;
  };

  test('a service that is known to be quick is called inside the turn', () => {
    expect(place({})).toMatchObject({ inline: true, from: 'evidence', p90Ms: 30 });
    expect(place({ asked: false })).toEqual({ inline: false, from: 'plan' });
  });

  test('one that is not is called by a worker', () => {
    const slow = recordOf(Array.from({ length: 20 }, () => 3_000));
    const slowly = agent('eve', { ...service, records: new Map([[bugFixes, slow]]) });
    expect(place({}, slowly)).toMatchObject({ inline: false, from: 'evidence', p90Ms: 3_000 });
    expect(place({}, agent('eve', { ...service, records: new Map() }))).toBeUndefined();
  });

  test('what waits in a line, what comes for its work, programs, and what lives on a host are for workers', () => {
    expect(place(undefined)).toBeUndefined();
    for (const connector of ['command', 'a2a', 'remote', 'function']) {
      expect(place({ asked: true }, agent('eve', { ...service, connector }))).toBeUndefined();
    }
    expect(place({ asked: true }, agent('eve@attic', service))).toBeUndefined();
  });
});
