import { AlikeActions } from '../../../src/api/alike-actions';
import type { AuditAction } from '../../../src/domain/audit/audit-entry';

let now: number;
let kept: { workspace: string; action: string; count: number | undefined }[];
let alike: AlikeActions;

beforeEach(() => {
  now = 0;
  kept = [];
  alike = new AlikeActions(
    () => now,
    (workspace, { action, count }) => void kept.push({ workspace, action, count }),
  );
});
afterEach(() => alike.end());

const actionOf = (action: string): AuditAction => ({
  actor: 'nobody',
  action,
  target: {},
  outcome: 'denied',
  via: 'api',
});
const add = (workspace: string, who: string, action = 'knock'): void => alike.add(workspace, who, actionOf(action));

it('keeps the first at once, and the others of a minute as a number with the last of them', () => {
  for (const action of ['one', 'two', 'three']) add('w', 'ada', action);
  add('w', 'bob', 'his');
  add('v', 'ada', 'elsewhere');
  const first = [
    { workspace: 'w', action: 'one', count: undefined },
    { workspace: 'w', action: 'his', count: undefined },
    { workspace: 'v', action: 'elsewhere', count: undefined },
  ];
  expect(kept).toEqual(first);
  now = 59_999;
  add('w', 'ada', 'four');
  expect(kept).toEqual(first);
  now = 60_000;
  add('w', 'ada', 'later');
  const counted = { workspace: 'w', action: 'four', count: 3 };
  expect(kept).toEqual([...first, counted, { workspace: 'w', action: 'later', count: undefined }]);
  alike.end();
  expect(kept).toHaveLength(5);
});

it('counts no more than a thousand on their own; the others of a workspace together', () => {
  for (let nth = 0; nth < 1_000; nth++) add('w', `${nth}`);
  expect(kept).toHaveLength(1_000);
  for (let nth = 1_000; nth < 1_100; nth++) add('w', `${nth}`);
  add('w', '7');
  expect(kept).toHaveLength(1_001);
  add('v', 'ada');
  expect(kept).toHaveLength(1_002);
  alike.end();
  expect(kept.slice(1_002).map(({ workspace, count }) => [workspace, count])).toEqual([
    ['w', 1],
    ['w', 99],
  ]);
});
