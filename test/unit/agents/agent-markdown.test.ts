import { readAgent } from '../../../src/contracts/schemas/read-agent';
import { formatSourceIssue } from '../../../src/contracts/schemas/source-position';

const read = (text: string) => readAgent('a.md', text);
const issuesOf = (text: string): string[] => read(text).issues.map(formatSourceIssue);
const notesOf = (text: string): string[] => read(text).notes.map(formatSourceIssue);

const commandOf = (text: string): string[] => {
  const { definition, issues } = read(text);
  if (definition?.connector.connector !== 'command') throw new Error(issues.map(formatSourceIssue).join('\n'));
  return definition.connector.command;
};

test('front matter with a connector is a definition, and the text below it the instructions', () => {
  const { definition } = read('---\nname: a\nconnector: simulated\ntags: [x]\n---\n\n# You\n\nare brief.\n\n');
  expect(definition).toMatchObject({ name: 'a', tags: ['x'], instructions: '# You\n\nare brief.' });
  expect(read('\ufeff---\r\nname: a\r\nconnector: simulated\r\n---\r\nx\r\ny').definition?.instructions).toBe('x\ny');
  expect(read('---\nname: a\nconnector: simulated\n---\n').definition).not.toHaveProperty('instructions');
});

describe('a subagent of Claude Code', () => {
  const reviewer = `---
name: code-reviewer
description: Expert reviewer. Use it so: right after a change <example>user: "review this"</example>
tools: Read, Grep, Bash(git add:*, git diff:*)
model: sonnet
color: red
---

You review code. In workflows, write \${{ github.ref }} and $\${{ x }}.
`;

  test('loads unchanged, and runs as claude -p', () => {
    expect(read(reviewer).definition).toEqual({
      name: 'code-reviewer',
      description: 'Expert reviewer. Use it so: right after a change <example>user: "review this"</example>',
      type: 'claude-code',
      connector: {
        connector: 'command',
        command: [
          'claude',
          '-p',
          '--output-format',
          'json',
          '--append-system-prompt',
          'You review code. In workflows, write $${{ github.ref }} and $$${{ x }}.',
          '--model',
          'sonnet',
          '--allowedTools',
          'Read,Grep,Bash(git add:*, git diff:*)',
        ],
        env: [],
        stdin: 'text',
        output: 'json',
      },
      capabilities: [],
      tags: [],
      maxConcurrent: 1,
      cost: {},
      shared: false,
    });
    expect(notesOf(reviewer)).toEqual(['a.md:6:1: color: is ignored']);
  });

  test('in its shortest form has all tools and the model of its user', () => {
    expect(commandOf('---\nname: a\ndescription: x\nmodel: inherit\ntools:\n---\n')).toEqual([
      'claude',
      '-p',
      '--output-format',
      'json',
    ]);
  });

  test('may have its tools as a list, tools that it must not use, and keys of ours', () => {
    const text =
      '---\nname: a\ntools: [Read, Edit]\ndisallowedTools: Bash\ncapabilities: [code.review]\nmaxConcurrent: 2\nenv: [MY_KEY]\n---\nx';
    expect(commandOf(text).slice(6)).toEqual(['--allowedTools', 'Read,Edit', '--disallowedTools', 'Bash']);
    expect(read(text).definition).toMatchObject({
      capabilities: [{ name: 'code.review' }],
      maxConcurrent: 2,
      connector: { env: ['MY_KEY'] },
    });
  });

  test('may say that it is of another type', () => {
    expect(read('---\nname: a\n---\n').definition?.type).toBe('claude-code');
    expect(read('---\nname: a\ntype: cautious-claude\n---\n').definition?.type).toBe('cautious-claude');
  });

  test.each([
    '[PROACTIVE] Use it after each change',
    '"Quick" checks: after edits',
    '`lint` finds slips',
    '@ada asks for it',
    '%d of them',
    '!important',
    '* all of it',
    '- what it does',
    'tabs: a\tb "c" \\n',
  ])('may be described as %p, which is no YAML', (description) => {
    const { definition, issues } = read(`---\nname: a\ndescription: ${description}\nmodel: opus\n---\nx`);
    expect(issues).toEqual([]);
    expect(definition?.description).toBe(description);
  });

  test('may have all tools by a star, in quotes or not', () => {
    for (const star of ['*', '"*"']) expect(commandOf(`---\nname: a\ntools: ${star}\n---\n`)).toContain('*');
  });

  test('keeps what goes over several lines when another line is no YAML', () => {
    const lines = [
      'name: a',
      'description: >-',
      '  Use it',
      '  often',
      'tools: [Read,',
      '  Edit]',
      'color: #f00: x',
      'note: a: b',
    ];
    const { definition } = read(`---\n${lines.join('\n')}\n---\n`);
    expect(definition?.description).toBe('Use it often');
    expect(definition?.connector).toMatchObject({ command: expect.arrayContaining(['Read,Edit']) as unknown });
  });

  test('is asked whether a misspelt key was meant', () => {
    expect(notesOf('---\nname: a\nconector: http\n---\n')).toEqual([
      'a.md:3:1: conector: is ignored (did you mean "connector"?)',
    ]);
  });
});

test('what looks like a secret in instructions is noted, and stays', () => {
  const text = '---\nname: a\nconnector: simulated\n---\nUse ${{ secrets.TOKEN }}.';
  expect(read(text).definition?.instructions).toBe('Use ${{ secrets.TOKEN }}.');
  expect(notesOf(text)).toEqual([expect.stringContaining('instructions: holds no templates')]);
});

test.each([
  ['no front matter', '# Agent\n', 'a.md:1:1: has no front matter'],
  ['nothing', '', 'a.md:1:1: has no front matter'],
  ['front matter without an end', '---\nname: a\n', 'a.md:3:1: the front matter does not end'],
  ['broken front matter', '---\nname: a\ntools: [x\n---\n', /^a\.md:[34]:\d+: /],
  ['front matter that is a list', '---\n- a\n---\n', 'a.md:2:1: the front matter must be a map'],
  ['broken front matter without end', `---\n${'a: *\n'.repeat(5_000)}---\n`, 'a.md:2:4: Alias'],
  ['empty front matter', '---\n---\n', 'name: is missing'],
  ['no name', '---\ndescription: x\n---\n', 'a.md:2:1: name: is missing'],
  ['tools that are none', '---\nname: a\ntools: { a: b }\n---\n', 'a.md:3:1: tools: must be names of tools'],
  ['a model that is none', '---\nname: a\nmodel: [x]\n---\n', 'model: must be the name of a model'],
  ['a capacity of 0', '---\nname: a\nmaxConcurrent: 0\n---\n', 'a.md:3:16: maxConcurrent: must be at least 1'],
  ['an unknown connector', '---\nname: a\nconnector: x\n---\n', 'a.md:3:12: connector: must be one of'],
  ['a text that is too long', `---\nname: a\n---\n${'x'.repeat(100_001)}`, 'must have at most 100000 bytes'],
  [
    'instructions twice',
    '---\nname: a\nconnector: simulated\ninstructions: x\n---\ny',
    'a.md:4:1: instructions: is there twice',
  ],
])('%s is refused with its place', (_, text, message) => {
  expect(issuesOf(text).join('\n')).toMatch(message);
});
