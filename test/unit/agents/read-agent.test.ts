import { readAgent } from '../../../src/contracts/schemas/read-agent';
import { formatSourceIssue } from '../../../src/contracts/schemas/source-position';
import { secretsOf } from '../../../src/domain/agents/setting-references';

const definitionOf = (text: string) => {
  const { definition, issues } = readAgent('a.yaml', text);
  if (!definition) throw new Error(issues.map(formatSourceIssue).join('\n'));
  return definition;
};

const issuesOf = (text: string): string[] => readAgent('a.yaml', text).issues.map(formatSourceIssue);

describe('a definition', () => {
  test('in its shortest form has defaults', () => {
    expect(definitionOf('{ name: writer, connector: command, command: [node, write.mjs] }')).toEqual({
      name: 'writer',
      connector: { connector: 'command', command: ['node', 'write.mjs'], env: [], stdin: 'json', output: 'json' },
      capabilities: [],
      tags: [],
      maxConcurrent: 1,
      cost: {},
      shared: false,
    });
  });

  test('keeps all that is written, and adds technologies to each capability', () => {
    const text = `
name: writer
description: Writes
instructions: Be brief.
connector: http
url: https://agents.example/write
headers: { Authorization: 'Bearer \${{ secrets.TOKEN }}', X-Session: '\${{ session.id }}' }
capabilities:
  - code.write
  - { name: code.review, proficiency: 0.8, technologies: [rust] }
technologies: [typescript]
tags: [fast, fast]
maxConcurrent: 3
cost: { perAttemptUsd: 0.5, perHourUsd: 0 }
shared: true
`;
    expect(definitionOf(text)).toEqual({
      name: 'writer',
      description: 'Writes',
      instructions: 'Be brief.',
      connector: {
        connector: 'http',
        url: 'https://agents.example/write',
        headers: { Authorization: 'Bearer ${{ secrets.TOKEN }}', 'X-Session': '${{ session.id }}' },
      },
      capabilities: [
        { name: 'code.write', proficiency: 1, technologies: ['typescript'] },
        { name: 'code.review', proficiency: 0.8, technologies: ['rust', 'typescript'] },
      ],
      tags: ['fast'],
      maxConcurrent: 3,
      cost: { perAttemptUsd: 0.5, perHourUsd: 0 },
      shared: true,
    });
  });

  test('takes the connectors of plans, with their short forms', () => {
    expect(definitionOf('{ name: a, connector: simulated, latency: { min: 1s, max: 2s } }').connector).toEqual({
      connector: 'simulated',
      latency: { kind: 'uniform', minMs: 1_000, maxMs: 2_000 },
      successRate: 1,
    });
  });

  test('names its secrets once each', () => {
    const { connector } = definitionOf(`
name: a
connector: command
command: [run, '--key=\${{ secrets.KEY }}', '$\${{ secrets.LITERAL }}']
env: { KEY: '\${{ secrets.KEY }}', OTHER: 'x\${{ secrets.OTHER }}' }
`);
    expect(secretsOf(connector)).toEqual(['KEY', 'OTHER']);
  });
});

describe('what is wrong is said with its place', () => {
  const command = 'connector: command\ncommand: [x]\n';
  test.each([
    ['no name', command, 'a.yaml:1:1: name: is missing'],
    ['a name with a space', `name: my agent\n${command}`, 'a.yaml:1:7: name: must be letters, digits'],
    ['a reserved name', `name: constructor\n${command}`, 'name: is reserved by JavaScript'],
    ['no connector', 'name: a\n', 'a.yaml:1:1: connector: is missing: it must be one of command, http, a2a, simulated'],
    [
      'an unknown connector',
      'name: a\nconnector: comand\n',
      'must be one of command, http, a2a, simulated, remote, function (did you mean',
    ],
    ['an unknown key', `name: a\n${command}tgas: [x]\n`, 'a.yaml:4:1: tgas: unknown key "tgas" (did you mean "tags"?)'],
    [
      'a proficiency above 1',
      `name: a\n${command}capabilities:\n  - { name: c, proficiency: 1.5 }\n`,
      'a.yaml:5:29: capabilities[0].proficiency: must be at most 1',
    ],
    [
      'a negative proficiency',
      `name: a\n${command}capabilities: [{ name: c, proficiency: -0.1 }]\n`,
      'proficiency: must be at least 0',
    ],
    [
      'a capability twice',
      `name: a\n${command}capabilities: [c, { name: c }]\n`,
      'a.yaml:4:19: capabilities[1]: the capability "c" is there twice',
    ],
    ['a capability that is none', `name: a\n${command}capabilities: [7]\n`, 'capabilities[0]: must be'],
    ['technologies of nothing', `name: a\n${command}technologies: [c]\n`, 'technologies: are added to each capability'],
    ['no capacity', `name: a\n${command}maxConcurrent: 0\n`, 'a.yaml:4:16: maxConcurrent: must be at least 1'],
    ['no starts', `name: a\n${command}rateLimit: 0/1m\n`, 'a.yaml:4:12: rateLimit: must be ATTEMPTS/WINDOW, as 100/1m'],
    ['half a capacity', `name: a\n${command}maxConcurrent: 1.5\n`, 'maxConcurrent: must be a whole number'],
    ['a negative cost', `name: a\n${command}cost: { perHourUsd: -1 }\n`, 'cost.perHourUsd: must not be negative'],
    [
      'too long instructions',
      `name: a\n${command}instructions: ${'x'.repeat(100_001)}\n`,
      'instructions: must have at most 100000 bytes',
    ],
    ['broken YAML', 'name: [a\n', 'a.yaml:2:1: '],
    ['a list', '- a\n', 'is no agent: an agent is a map'],
    ['nothing', '', 'is no agent: an agent is a map'],
  ])('%s', (_, text, message) => {
    expect(issuesOf(text).join('\n')).toContain(message);
  });

  test('several faults are all told', () => {
    expect(issuesOf(`name: a b\n${command}maxConcurrent: 0\ncost: { perHourUsd: -1 }\n`)).toHaveLength(3);
  });
});

describe('templates of settings', () => {
  const withCommand = (template: string) => `name: a\nconnector: command\ncommand: [x, '${template}']\n`;

  test.each([
    ['an unknown path', withCommand('${{ secret.KEY }}'), '"secret.KEY" is not known here (did you mean "secrets"?)'],
    ['a secret without a name', withCommand('${{ secrets }}'), '"secrets": a secret is named as secrets.NAME'],
    ['a part of a secret', withCommand('${{ secrets.A.b }}'), 'a secret is named as secrets.NAME'],
    ['an input', withCommand('${{ inputs.path }}'), '"inputs.path" is known only inside a plan'],
    ['a task', withCommand('${{ tasks.fix.output }}'), 'is known only inside a plan'],
    ['of the session', withCommand('${{ session.name }}'), 'only session.id is known'],
    ['no path', withCommand('${{ 1 + 1 }}'), 'command[1]: template, character 5'],
  ])('%s is refused', (_, text, message) => {
    expect(issuesOf(text)).toEqual([expect.stringMatching(/^a\.yaml:3:14: command\[1\]: /)]);
    expect(issuesOf(text).join()).toContain(message);
  });

  test('a secret is refused where it would be stored or shown', () => {
    expect(issuesOf(`name: a\nconnector: command\ncommand: [x]\ncwd: '\${{ secrets.HOME }}'\n`)).toEqual([
      'a.yaml:4:6: cwd: "secrets.HOME": secrets are known only in command, env, url, headers, not in "cwd"',
    ]);
    expect(issuesOf(`name: a\nconnector: simulated\noutput: { key: '\${{ secrets.KEY }}' }\n`)).toEqual([
      expect.stringContaining('output.key: "secrets.KEY": secrets are known only in'),
    ]);
  });

  test.each([
    'headers: { Authorization: Bearer sk-1 }',
    'headers: { x-api-key: sk-1 }',
    'headers: { PRIVATE-TOKEN: sk-1 }',
    'headers: { cookie: a=b }',
    'url: https://ada:hush@agents.example/',
  ])('a secret that is written out is refused: %s', (written) => {
    const settings = written.startsWith('url') ? written : `url: https://agents.example/\n${written}`;
    expect(issuesOf(`name: a\nconnector: http\n${settings}\n`)).toEqual([
      expect.stringMatching(/: (headers\.|url).*: holds a (secret|password), .*\$\{\{ secrets\.NAME \}\}/),
    ]);
  });

  test.each(['ANTHROPIC_API_KEY', 'GITHUB_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'DB_PASSWORD'])(
    'so it is in the variable %s, unless it is empty or comes from elsewhere',
    (name) => {
      const withVariable = (value: string): string =>
        `name: a\nconnector: command\ncommand: [x]\nenv: { ${name}: '${value}' }\n`;
      expect(issuesOf(withVariable('sk-1'))).toEqual([expect.stringContaining(`env.${name}: holds a secret`)]);
      expect(issuesOf(withVariable('$${{ secrets.KEY }}'))).toHaveLength(1);
      expect(issuesOf(withVariable('${{ secrets.KEY }}'))).toEqual([]);
      expect(issuesOf(withVariable(''))).toEqual([]);
    },
  );

  test('what only looks a little like one is none', () => {
    const headers = '{ Accept: x, X-Trace: a:b@c, X-Max-Tokens: "5" }';
    expect(issuesOf(`name: a\nconnector: http\nurl: https://agents.example/a:b@c\nheaders: ${headers}\n`)).toEqual([]);
    const variables = '{ MAX_TOKENS: "5", KEYBOARD: de, CACHE_KEY: v1 }';
    expect(issuesOf(`name: a\nconnector: command\ncommand: [x]\nenv: ${variables}\n`)).toEqual([]);
  });

  test('session and workspace are known', () => {
    expect(issuesOf(withCommand('${{ session.id }}/${{ workspace }}'))).toEqual([]);
  });
});
