import { Learning } from '../../../src/client/learning';
import type { LearningQuery } from '../../../src/domain/learning/learnings';

/** What is read of whom, in order; nothing is known of anybody. */
function openEmpty(): { learning: Learning; read: string[] } {
  const read: string[] = [];
  const note = (what: string) => (_: string, query: LearningQuery) => {
    read.push([what, query.agent?.name, query.capability, query.taskType].filter(Boolean).join(' '));
    return Promise.resolve([]);
  };
  const dependencies = { workspace: 'ours', learnings: { known: note('cells'), insights: note('insights') } };
  return { learning: new Learning(dependencies as unknown as ConstructorParameters<typeof Learning>[0]), read };
}

it('reads each scope once where nothing is known, and answers for what was asked', async () => {
  const { learning, read } = openEmpty();
  const agent = { workspace: 'ours', name: 'ada' };
  const known = await learning.query({ agent, capability: 'code', taskType: 'bug-fix', technologies: [] });
  expect(known).toMatchObject({ scope: { capability: 'code', taskType: 'bug-fix' }, outcomes: 0 });
  expect(read).toEqual([
    'cells ada code bug-fix',
    'insights ada code bug-fix',
    'cells ada code',
    'insights ada code',
    'cells ada',
    'insights ada',
  ]);
});
