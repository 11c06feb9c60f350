import fc from 'fast-check';
import { alertRuleIssues, defaultClearAt } from '../../../src/domain/alerts/alert-rule';
import type { AlertRule } from '../../../src/domain/alerts/alert-rule';
import { alertWords } from '../../../src/domain/alerts/alert-event';
import { calm, judgeAlert } from '../../../src/domain/alerts/judge-alert';
import { queueRule } from './rules';

const sweepMs = 30_000;

/** What each sweep changes: `+` raised, `=` told again, `-` cleared, `.` nothing. Before the sweep of that number somebody acknowledges it. */
function changes(rule: AlertRule, values: readonly (number | null)[], acknowledgedBefore?: number): string {
  let state = calm;
  return values
    .map((value, sweep) => {
      if (sweep === acknowledgedBefore) state = { ...state, isAcknowledged: true };
      const judged = judgeAlert(rule, state, value, sweep * sweepMs);
      state = judged.state;
      return { raised: '+', repeated: '=', cleared: '-', none: '.' }[judged.change ?? 'none'];
    })
    .join('');
}

describe('an alert', () => {
  it('is raised after so many sweeps in a row behind its limit, once', () => {
    expect(changes(queueRule, [101, 100, 101, 101, 500, 500])).toBe('...+..');
  });

  it('is cleared after so many sweeps in a row at its lower bound or behind it, once', () => {
    expect(changes(queueRule, [101, 101, 50, 50, 51, 50, 0, 50, 0])).toBe('.+.....-.');
  });

  it('neither comes nor goes by values that go to and fro between the bounds', () => {
    expect(changes(queueRule, [101, 101, ...Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? 99 : 60))])).toBe(
      `.+${'.'.repeat(50)}`,
    );
  });

  it('is not changed by sweeps that could not measure', () => {
    expect(changes(queueRule, [101, null, 101, 50, null, 50, null, 50])).toBe('..+....-');
  });

  it('of what is bad below is raised there', () => {
    const rule: AlertRule = { ...queueRule, metric: 'success-rate', raiseAt: 0.8, clearAt: 0.9 };
    expect(changes(rule, [0.8, 0.79, 0.79, 0.85, 0.9, 0.9, 0.9])).toBe('..+...-');
  });

  it('is raised and cleared in turns, whatever is measured', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 200 }))), (values) => {
        expect(changes(queueRule, values).replaceAll('.', '')).toMatch(/^(\+-)*\+?$/);
      }),
    );
  });
});

describe('an alert that is told again', () => {
  const rule: AlertRule = { ...queueRule, repeatMs: 2 * sweepMs };
  const bad = Array.from({ length: 9 }, () => 101);

  it('is so while it is raised, each time after so long, between its bounds too', () => {
    expect(changes(rule, [...bad, 60, 60, 50, 50, 50, 0])).toBe('.+.=.=.=.=.=.-.');
    expect(changes(queueRule, bad)).toBe('.+.......');
  });

  it('is not once somebody has acknowledged it, until it is raised anew', () => {
    expect(changes(rule, [...bad, 50, 50, 50, ...bad], 4)).toBe('.+.=.......-.+.=.=.=.');
  });

  it('waits for a sweep that can measure', () => {
    expect(changes(rule, [101, 101, null, null, null, 101])).toBe('.+...=');
  });
});

describe('a rule', () => {
  it('clears on the good side of its limit, by default a tenth behind it', () => {
    expect(defaultClearAt('queue', 100)).toBe(90);
    expect(defaultClearAt('health-score', 50)).toBeCloseTo(55);
    expect(defaultClearAt('success-rate', 0.95)).toBeCloseTo(0.975);
    expect(alertRuleIssues({ ...queueRule, clearAt: 101 })).toEqual([
      { path: ['clearAt'], detail: 'it must clear at the limit or below it' },
    ]);
  });

  it('has limits that can be, and agents only where attempts are measured', () => {
    expect(alertRuleIssues(queueRule)).toEqual([]);
    expect(alertRuleIssues({ ...queueRule, agent: 'ada' })).toHaveLength(1);
    expect(alertRuleIssues({ ...queueRule, metric: 'success-rate', raiseAt: 80, clearAt: 90 })).toHaveLength(1);
    expect(alertRuleIssues({ ...queueRule, metric: 'budget-left', raiseAt: 0, clearAt: 0.1 })).toHaveLength(1);
    expect(alertRuleIssues({ ...queueRule, repeatMs: 59_999 })).toHaveLength(1);
    expect(alertRuleIssues({ ...queueRule, repeatMs: 60_000 })).toEqual([]);
  });
});

it('says what was measured, of whom, and against what', () => {
  const rule: AlertRule = { ...queueRule, metric: 'cost-per-day', agent: 'ada', raiseAt: 10e6, clearAt: 9e6 };
  expect(alertWords(rule, 'raised', 12e6)).toBe('waiting is raised: the cost of a day of ada is $12.00, above $10.00.');
  expect(alertWords(rule, 'cleared', 8e6)).toBe(
    'waiting is cleared: the cost of a day of ada is $8.00, not above $9.00.',
  );
  expect(alertWords(rule, 'repeated', 9.5e6)).toBe(
    'waiting is still raised: the cost of a day of ada is $9.50, and it clears at $9.00.',
  );
});
