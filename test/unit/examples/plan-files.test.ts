import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { planFileSchema } from '../../../src/contracts/schemas/plan-file';
import { renderTemplate } from '../../../src/domain/expressions/render-template';
import type { Plan } from '../../../src/domain/plan/plan';
import { validatePlan } from '../../../src/domain/plan/validate-plan';
import { runProgram } from '../../helpers/run-program';

const examples = resolve(__dirname, '../../../examples');
const planFiles = readdirSync(examples, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.plan.yaml'))
  .sort();

interface Written {
  tasks: Record<string, { plan?: unknown }>;
}

/** The plan as it is written, with its sub-plans in the place of their paths. */
function readWritten(path: string): Written {
  const written = parse(readFileSync(path, 'utf8')) as Written;
  for (const task of Object.values(written.tasks)) {
    if (typeof task.plan === 'string') task.plan = readWritten(resolve(dirname(path), task.plan));
  }
  return written;
}

function readExample(path: string): Plan {
  return planFileSchema.parse(readWritten(resolve(examples, path)));
}

it('there are the examples that the README names', () => {
  expect(planFiles).toEqual([
    'audit/audit.plan.yaml',
    'functions/invoice.plan.yaml',
    'hello/hello.plan.yaml',
    'remote-agent/greet.plan.yaml',
    'tour/review.plan.yaml',
    'tour/tour.plan.yaml',
  ]);
  const readme = readFileSync(resolve(examples, 'README.md'), 'utf8');
  const linked = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) =>
    relative(examples, resolve(examples, target)),
  );
  expect(linked).toEqual(expect.arrayContaining(planFiles.filter((path) => !path.includes('review'))));
});

it.each(planFiles)('%s is a valid plan', (path) => {
  // What no agent of the plan can do is for agents of the registry.
  const { issues } = validatePlan(readExample(path));
  expect(issues.filter(({ need }) => need === undefined)).toEqual([]);
});

it('the audit has ten tasks and more, and all its agents are programs that exist', () => {
  const plan = readExample('audit/audit.plan.yaml');
  expect(Object.keys(plan.tasks).length).toBeGreaterThanOrEqual(10);
  const programs = readdirSync(resolve(examples, 'audit/agents')).filter((name) => name.endsWith('.mjs'));
  const commands = Object.values(plan.agents).map((agent) => (agent.connector === 'command' ? agent.command : []));
  expect(commands.map(([, path]) => path).sort()).toEqual(programs.map((name) => `agents/${name}`).sort());
});

it('the greeter of the first plan greets', async () => {
  const request = { input: { name: 'Zoë' }, attempt: 1 };
  const end = await runProgram([process.execPath, 'agents/greet.mjs'], resolve(examples, 'hello'), request);
  expect(end).toMatchObject({ exitCode: 0, output: { greeting: 'Hello, Zoë!', letters: 3, attempt: 1 } });
  expect(end.progress).toEqual([{ type: 'progress', percent: 50, message: 'about to greet Zoë' }]);
});

it('the program of the tour prints a line for each chapter', () => {
  const { agents, tasks } = readExample('tour/tour.plan.yaml');
  const work = tasks['outline']?.work;
  const agent = work?.kind === 'agent' && 'name' in work.agent ? agents[work.agent.name] : undefined;
  if (agent?.connector !== 'command') throw new Error('The outline of the tour is no program.');
  const scope = { inputs: { topic: 'Blue Whales', chapters: 2 }, tasks: {}, session: { id: 's' }, workspace: 'w' };
  const [program = '', ...rest] = renderTemplate(agent.command, scope) as string[];

  expect(spawnSync(program, rest.map(String), { encoding: 'utf8' }).stdout).toBe(
    'Blue Whales, part 1\nBlue Whales, part 2\n',
  );
});
