import { canonicalPlan } from '../../../src/contracts/schemas/canonical-plan';
import { parseCanonicalPlan } from '../../../src/contracts/schemas/parse-canonical-plan';
import { formatSourceIssue } from '../../../src/contracts/schemas/source-position';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';

const noFile = (): Promise<string> => Promise.reject(new Error('no file was expected'));

async function issuesOf(text: string, files: Record<string, string> = {}): Promise<string> {
  const readText = (path: string): Promise<string> => Promise.resolve(files[path] ?? '');
  const { issues } = await readPlan({ file: 'p.yaml', text: `version: 1\nname: p\n${text}` }, readText);
  return issues.map((issue) => formatSourceIssue(issue)).join('\n');
}

const agents =
  'agents: { ok: { connector: simulated }, dear: { connector: simulated, cost: { perAttemptUsd: 1, perHourUsd: 2 } } }\n';

describe('a plan with budgets', () => {
  it('means the same when it is read back from its canonical form', async () => {
    const text = `version: 1\nname: p\n${agents}budget: { costUsd: 12.345678, tokens: 1000, attempts: 3, time: 90m }
defaults: { reserve: { costUsd: 0.1 }, onBudget: ask }
tasks: { a: { agent: ok, reserve: { tokens: 5 }, budget: { attempts: 0 } }, b: { agent: dear, reserve: { tokens: 9 }, onBudget: fail } }`;
    const { plan } = requirePlan(await readPlan({ file: 'p.yaml', text }, noFile));
    expect(plan.budget).toEqual({ costMicros: 12_345_678, tokens: 1_000, attempts: 3, timeMs: 5_400_000 });
    expect(plan.tasks['a']).toMatchObject({ reserve: { costMicros: 100_000, tokens: 5 }, onBudget: 'ask' });
    expect(plan.tasks['b']).toMatchObject({ onBudget: 'fail' });
    expect(parseCanonicalPlan(canonicalPlan(plan).canonical)).toEqual(plan);
  });

  it.each([
    ['budget: { costUsd: -1 }', 'budget.costUsd: must not be negative'],
    ['budget: { attempts: -1 }', 'budget.attempts: must not be negative'],
    ['budget: {}', 'budget: needs at least one of costUsd, tokens, attempts and time'],
    ['budget: { costUsd: 0.1234567 }', 'must have at most 6 digits after the point'],
  ])('is refused: %s', async (budget, message) => {
    expect(await issuesOf(`${agents}${budget}\ntasks: { a: { agent: dear } }`)).toContain(message);
  });

  it('has to say what an attempt may cost, where its agent does not', async () => {
    const message = await issuesOf(`${agents}budget: { costUsd: 5 }\ntasks: { a: { agent: ok }, b: { agent: dear } }`);
    expect(message).toContain(
      'tasks.a: the plan has a budget of money, and nobody knows what an attempt of agent "ok" may cost',
    );
    expect(message).toContain('reserve: { costUsd: … }');
    expect(message).not.toContain('tasks.b');
  });

  it('has to say how many tokens an attempt may use', async () => {
    expect(await issuesOf(`${agents}tasks: { a: { agent: dear, budget: { tokens: 5 } } }`)).toContain(
      'task "a" has a budget of tokens: say how many one attempt may use, as "reserve: { tokens: … }"',
    );
  });

  it('is refused where a task can never start', async () => {
    expect(await issuesOf(`${agents}budget: { costUsd: 1.5 }\ntasks: { a: { agent: dear, timeout: 30m } }`)).toContain(
      'can never start: an attempt reserves $2.00, and the budget of the plan is $1.50',
    );
  });

  it('of time is refused where an attempt may take longer', async () => {
    expect(await issuesOf(`${agents}budget: { time: 10m }\ntasks: { a: { agent: ok, timeout: 30m } }`)).toContain(
      'can never start: an attempt reserves 30m, and the budget of the plan is 10m',
    );
  });

  it('has its sub-plans looked at as well', async () => {
    const child = `version: 1\nname: c\n${agents}tasks: { x: { agent: ok } }`;
    expect(
      await issuesOf('budget: { costUsd: 1 }\ntasks: { a: { plan: ./c.yaml } }', {
        'c.yaml': child,
        './c.yaml': child,
      }),
    ).toContain('the plan above has a budget of money');
  });
});
