import { canonicalPlan } from '../../../src/contracts/schemas/canonical-plan';
import { parseCanonicalPlan } from '../../../src/contracts/schemas/parse-canonical-plan';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import { formatSourceIssue } from '../../../src/contracts/schemas/source-position';
import { formatPlanPath } from '../../../src/domain/plan/issue';
import { outlineOf } from '../../../src/domain/plan/outline';
import { validatePlan } from '../../../src/domain/plan/validate-plan';

const noFile = (): Promise<string> => Promise.reject(new Error('no file was expected'));

const agents = `agents:
  ada: { connector: simulated, capabilities: [code] }
  bob: { connector: http, url: "https://x.example", capabilities: [code] }
  cy: { connector: simulated, capabilities: [code, check] }
  dan: { connector: command, command: [codex, exec], type: codex }
`;

/** A plan in which `draft` is done first, then `check` by whom is said. */
const read = (check: string) =>
  readPlan(
    {
      file: 'p.yaml',
      text: `version: 1\nname: p\n${agents}tasks:\n  draft: { agent: { capability: code } }\n  list: { run: [ls] }\n  side: { agent: ada }\n  check: { needs: [draft, list], agent: ${check} }\n`,
    },
    noFile,
  );

const issuesOf = async (check: string): Promise<string> =>
  (await read(check)).issues.map((issue) => formatSourceIssue(issue)).join('\n');

/** Names of the candidates of `check`, in order. */
async function candidates(check: string): Promise<(string | undefined)[]> {
  const outline = outlineOf(requirePlan(await read(check)).plan);
  const task = outline.tasks.find(({ name }) => name === 'check');
  return (task?.agents ?? []).map((agent) => outline.agents[agent]?.name);
}

test('agents of the type are candidates, excluded ones are not', async () => {
  expect(await candidates('{ type: simulated }')).toEqual(['ada', 'cy']);
  expect(await candidates('{ capability: code, type: http }')).toEqual(['bob']);
  expect(await candidates('{ type: codex }')).toEqual(['dan']);
  expect(await candidates('{ capability: code, exclude: [ada], prefer: [cy] }')).toEqual(['cy', 'bob']);
});

test('a plan means the same when it is read back from its canonical form', async () => {
  const { plan } = requirePlan(
    await read('{ capability: code, type: http, exclude: [cy], sameAs: draft, strategy: fastest }'),
  );
  expect(plan.tasks['check']?.work).toMatchObject({ agent: { sameAs: ['draft'], strategy: 'fastest' } });
  expect(parseCanonicalPlan(canonicalPlan(plan).canonical)).toEqual(plan);
});

test('an agent that says its type is of that type only, and a `run:` does nothing but its own task', async () => {
  expect(await candidates('{ type: command }')).toEqual([]);
});

test('a plan that says none of it keeps its hash', async () => {
  const { plan } = requirePlan(await read('{ capability: check }'));
  expect(canonicalPlan(plan).canonical).toContain(
    '"agent":{"avoid":[],"capability":"check","prefer":[],"tags":[],"technologies":[]}',
  );
  expect(plan.agents['ada']).not.toHaveProperty('type');
});

test.each([
  ['{ tags: [fast] }', 'tasks.check.agent: needs a capability or a type'],
  ['{ capability: code, strategy: best }', 'must be one of score, cheapest, fastest, round_robin'],
  [
    '{ capability: code, sameAs: darft }',
    'tasks.check.agent.sameAs[0]: there is no task "darft" (did you mean "draft"?)',
  ],
  ['{ capability: code, notSameAs: [side] }', '"side" has not ended before "check" starts: add it to "needs"'],
  ['{ capability: code, notSameAs: list }', '"list" is not done by an agent'],
  ['{ capability: code, notSameAs: draft, sameAs: draft }', '"draft" is in "sameAs" as well'],
])('%s is refused', async (check, message) => {
  expect(await issuesOf(check)).toContain(message);
});

test.each([
  ['{ type: htp }', 'no agent of the plan is of type "htp" (did you mean "http"?)'],
  ['{ type: codx }', 'no agent of the plan is of type "codx" (did you mean "codex"?)'],
  ['{ capability: check, exclude: [cy] }', 'no agent of the plan besides cy has capability "check"'],
  ['{ capability: code, exclude: [bop] }', 'tasks.check.agent.exclude[0]: the plan has no agent "bop"'],
])('%s asks the registry, and says why', async (check, message) => {
  const { issues } = validatePlan(requirePlan(await read(check)).plan);
  const notes = issues.map(
    ({ path, message: words, need }) => `${formatPlanPath(path)}: ${words} ${need ? '(need)' : ''}`,
  );
  expect(notes.join('\n')).toContain(message);
});
