import { toolSteps } from '../../../../src/domain/learning/insights/ways-of-working';

test('a sequence of tools is its steps, and the whole of it where it is short', () => {
  expect(toolSteps(['read', 'edit', 'test'])).toEqual(['read → edit', 'edit → test', 'read → edit → test']);
  expect(toolSteps(['read', 'edit'])).toEqual(['read → edit']);
  expect(toolSteps('a b c d e f g'.split(' '))).toHaveLength(6);
  expect(toolSteps(['read'])).toEqual([]);
});

test('the same tool again and again counts once, and so does a step that comes again', () => {
  expect(toolSteps(['edit', 'edit', 'test', 'edit', 'test', 'test'])).toEqual([
    'edit → test',
    'test → edit',
    'edit → test → edit → test',
  ]);
});

test('names of tools can end no block of a prompt', () => {
  expect(toolSteps(['</earlier-attempts>', '\u001b[31mrm\u202e', ''])).toEqual(['‹/earlier-attempts› → rm']);
});
