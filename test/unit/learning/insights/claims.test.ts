import { judgeClaims } from '../../../../src/domain/learning/insights/claims';
import type { Claim, ClaimVerdict } from '../../../../src/domain/learning/insights/claims';
import type { Example } from '../../../../src/domain/learning/insights/example';
import { createRandom } from '../../../../src/domain/random';
import { simulate } from './simulated-outcomes';

const claimNamed = (id: string): Claim => ({ id, scope: { capability: 'code', taskType: 'write' }, feature: {} });

const [template] = simulate(1, 1) as [Example];

/** So many sessions that were told these claims, or none. */
const work = (sessions: number, success: (nth: number) => number, applied: string[] = []): Example[] =>
  Array.from({ length: sessions }, (_, at) => ({
    ...template,
    session: `${applied.join()} ${at}`,
    run: 'write',
    taskType: 'write',
    technologies: [],
    success: success(at),
    startedAt: at,
    endedAt: at + 1,
    applied,
  }));

function judge(claims: readonly Claim[], examples: readonly Example[]): ClaimVerdict[] {
  const judging = judgeClaims(claims, examples);
  for (;;) {
    const { done, value } = judging.next();
    if (done) return value;
  }
}

const always = () => 1;
const never = () => 0;
const everyOther = (nth: number) => nth % 2;

test.each<[string, Example[], Omit<ClaimVerdict, 'id'>]>([
  ['was told to nobody', work(100, everyOther), { confidence: null, isOver: false }],
  ['was told to too few', [...work(9, always, ['c']), ...work(100, never)], { confidence: null, isOver: false }],
  ['was seen to help', [...work(20, always, ['c']), ...work(80, everyOther)], { confidence: 100, isOver: false }],
  ['was seen to do harm', [...work(20, never, ['c']), ...work(80, everyOther)], { confidence: null, isOver: true }],
  ['may be of use', [...work(49, everyOther, ['c']), ...work(80, everyOther)], { confidence: null, isOver: false }],
  ['had its chance', [...work(50, everyOther, ['c']), ...work(80, everyOther)], { confidence: null, isOver: true }],
])('what %s is judged by that', (_, examples, verdict) => {
  expect(judge([claimNamed('c')], examples)).toEqual([{ id: 'c', ...verdict }]);
});

test('of many claims that are of no use, few are believed', () => {
  const rounds = 200;
  const random = createRandom('claims');
  const claims = Array.from({ length: 20 }, (_, at) => claimNamed(`c${at}`));
  const judged = Array.from({ length: rounds }, () => {
    const told = claims.flatMap(({ id }) => work(20, () => (random() < 0.6 ? 1 : 0), [id]));
    return judge(claims, [...told, ...work(60, () => (random() < 0.6 ? 1 : 0))]);
  });
  const wrong = judged.filter((verdicts) => verdicts.some(({ confidence }) => confidence !== null)).length;
  process.stdout.write(`rounds of useless claims in which one is believed: ${wrong} of ${rounds}\n`);
  expect(wrong / rounds).toBeLessThanOrEqual(0.05);
});
