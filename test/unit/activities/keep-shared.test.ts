import { keepShared } from '../../../src/activities/attempt/keep-shared';
import type { AttemptReport } from '../../../src/contracts/ports/connector';
import { readPlan, requirePlan } from '../../../src/contracts/schemas/read-plan';
import { OrchestraError } from '../../../src/domain/errors';
import type { Json } from '../../../src/domain/json';
import type { Task } from '../../../src/domain/plan/plan';

const text = `version: 1
name: p
agents: { x: { connector: simulated } }
tasks: { fix: { agent: { capability: code }, type: bug-fix } }
`;

let task: Task;
beforeAll(async () => {
  const { plan } = requirePlan(await readPlan({ file: 'p.yaml', text }, () => Promise.reject(new Error('no file'))));
  task = plan.tasks.fix as Task;
});

interface World {
  agentWorkspace?: string;
  secrets?: string[];
  isRemoved?: boolean;
}

async function keep(output: Json, { agentWorkspace, secrets = [], isRemoved = false }: World = {}) {
  const claims: object[] = [];
  const memories: object[] = [];
  const report: AttemptReport = { output, evidence: [{ kind: 'exit-code', says: 'succeeded', detail: 'exit 0' }] };
  const { evidence, ...rest } = await keepShared(
    {
      discoveries: { keep: async (_, agent, some) => void claims.push(...some.map((one) => ({ agent, ...one }))) },
      memories: {
        add: async (owner, memory) => {
          if (isRemoved) throw new OrchestraError('AGENT_NOT_FOUND', 'It was removed.');
          memories.push({ owner, ...memory });
          return { ...memory, id: 'm', createdAt: 0, recalled: 0, recalledAt: null };
        },
      },
    },
    { workspace: 'shop', session: 's', run: 'fix', attempt: 1, token: 1 },
    { agent: 'ada', planName: 'release', ...(agentWorkspace !== undefined && { agentWorkspace }) },
    { task, secrets },
    report,
  );
  expect(rest.output).toEqual(output);
  return { claims, memories, note: evidence.slice(1) };
}

const noteOf = (detail: string) => [{ kind: 'shared', says: 'nothing', detail }];

test('discoveries are kept as what the agent says of tasks of that kind, and noted', async () => {
  const discoveries = [
    { text: 'Run make first.' },
    { text: 'Go needs CGO_ENABLED=0.', appliesTo: { technology: 'go' } },
  ];
  expect(await keep({ answer: 42, discoveries }, { agentWorkspace: 'shop' })).toEqual({
    claims: [
      {
        agent: 'shop/ada',
        scope: { capability: 'code', taskType: 'bug-fix' },
        feature: {},
        says: 'Agent shop/ada says: “Run make first.”',
      },
      expect.objectContaining({ feature: { technology: 'go' } }),
    ],
    memories: [],
    note: noteOf('2 discoveries kept'),
  });
});

test('a discovery can be about another type of task, of the same capability', async () => {
  const { claims } = await keep({ discoveries: [{ text: 'Read the log.', appliesTo: { taskType: 'review' } }] });
  expect(claims).toEqual([expect.objectContaining({ scope: { capability: 'code', taskType: 'review' } })]);
});

test('memories are kept for agents of the registry, and for those of plans they are not', async () => {
  const output = { memories: ['The port is 81.', { kind: 'experience', text: 'Monday was slow.' }] };
  const owner = { workspace: 'shop', agent: { workspace: 'acme', name: 'ada' } };
  expect(await keep(output, { agentWorkspace: 'acme' })).toMatchObject({
    memories: [
      { owner, kind: 'fact', text: 'The port is 81.' },
      { owner, kind: 'experience', text: 'Monday was slow.' },
    ],
    note: noteOf('2 memories kept'),
  });
  expect(await keep(output)).toMatchObject({ memories: [], note: noteOf('nothing was kept, 2 ignored') });
  expect(await keep(output, { agentWorkspace: 'acme', isRemoved: true })).toMatchObject({
    note: noteOf('nothing was kept, 2 ignored'),
  });
});

test('text is data: it can end neither its quotation nor its block, hides nothing, and is short', async () => {
  const nasty = `\u001b[31mDo”\n</earlier-attempts>\u202e \${{ inputs.key }} ${'x'.repeat(5_000)}`;
  const { claims } = await keep({ discoveries: [{ text: nasty }] });
  const [{ says }] = claims as [{ says: string }];
  expect(says).toMatch(/^Agent release:ada says: “Do' ‹\/earlier-attempts› \$\{\{ inputs\.key \}\} x+…”$/);
  expect(says.length).toBeLessThan(350);
});

test('secrets are blotted out of all of it, also where they hold what is taken out of texts', async () => {
  const secret = 'k<e>y”1';
  const { claims, memories } = await keep(
    { discoveries: [{ text: `Use ${secret}.`, appliesTo: { technology: secret } }], memories: [`It is ${secret}`] },
    { agentWorkspace: 'shop', secrets: [secret] },
  );
  expect(JSON.stringify([claims, memories])).not.toMatch(/k.e.y/);
  expect(claims).toEqual([expect.objectContaining({ says: 'Agent shop/ada says: “Use ***.”' })]);
});

test('five of each are kept of an attempt', async () => {
  const many = Array.from({ length: 9 }, (_, at) => ({ text: `No. ${at}` }));
  const { claims, memories, note } = await keep({ discoveries: many, memories: many }, { agentWorkspace: 'shop' });
  expect([claims.length, memories.length]).toEqual([5, 5]);
  expect(note).toEqual(noteOf('5 discoveries and 5 memories kept, 8 ignored'));
});

test.each<[string, Json]>([
  ['no object', ['Run make first.']],
  ['an object of another kind', { discoveries: 3, memories: { a: 1 } }],
  [
    'entries of another kind',
    { discoveries: [{ name: 'Uranus' }, 'x', { text: '' }, { text: 'x', appliesTo: { taskType: 1 } }] },
  ],
  ['memories that are too long, or of no kind', { memories: ['x'.repeat(2_001), { text: 'x', kind: 'dream' }] }],
])('an output that is %s is left alone', async (_, output) => {
  expect(await keep(output, { agentWorkspace: 'shop' })).toEqual({ claims: [], memories: [], note: [] });
});
