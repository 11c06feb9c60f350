import { readAgentCard } from '../../../src/contracts/schemas/read-agent-card';
import type { CardOptions } from '../../../src/contracts/schemas/read-agent-card';
import { formatSourceIssue } from '../../../src/contracts/schemas/source-position';

const modern = {
  protocolVersion: '1.0',
  name: 'reviewer',
  description: 'Reviews changes.',
  version: '3.1.4',
  supportedInterfaces: [
    { url: 'https://agents.example/grpc', protocolBinding: 'GRPC', protocolVersion: '1.0' },
    { url: 'https://agents.example/rpc', protocolBinding: 'JSONRPC', protocolVersion: '1.0', tenant: 'kitchen' },
  ],
  capabilities: { streaming: true, extensions: [{ uri: 'https://x.example/trace' }] },
  defaultInputModes: ['text/plain'],
  skills: [
    { id: 'code.review', name: 'Review', description: 'Reviews.', tags: ['typescript', 'code review'] },
    { id: 'plan', name: 'Plan', description: 'Plans.', tags: ['typescript'] },
  ],
};

const legacy = {
  protocolVersion: '0.3.0',
  name: 'reviewer',
  description: 'Reviews changes.',
  url: 'https://agents.example/grpc',
  preferredTransport: 'GRPC',
  additionalInterfaces: [{ url: 'https://agents.example/v1', transport: 'HTTP+JSON' }],
  capabilities: {},
  skills: [{ id: 'code.review', name: 'Review', description: 'Reviews.', tags: [] }],
};

const read = (card: object | string, options: Partial<CardOptions> = {}) =>
  readAgentCard('card.json', typeof card === 'string' ? card : JSON.stringify(card), { hasHeaders: false, ...options });
const issuesOf = (card: object | string) => read(card).issues.map(formatSourceIssue).join('\n');

describe('a card', () => {
  test('of version 1.0 becomes an agent, with its skills as capabilities and their tags as technologies', () => {
    expect(read(modern)).toEqual({
      written: {
        name: 'reviewer',
        description: 'Reviews changes.',
        connector: 'a2a',
        url: 'https://agents.example/rpc',
        transport: 'jsonrpc',
        protocolVersion: '1.0',
        tenant: 'kitchen',
        capabilities: [
          { name: 'code.review', technologies: ['typescript', 'code-review'] },
          { name: 'plan', technologies: ['typescript'] },
        ],
        tags: ['typescript', 'code-review'],
      },
      issues: [],
      notes: [],
    });
  });

  test('of version 0.3 becomes one as well', () => {
    expect(read(legacy).written).toMatchObject({
      connector: 'a2a',
      url: 'https://agents.example/v1',
      transport: 'http+json',
      protocolVersion: '0.3',
    });
  });

  test('of before that, without a version and a transport, is read as one of 0.3', () => {
    const { name, skills, capabilities, url } = legacy;
    expect(read({ name, skills, capabilities, url }).written).toMatchObject({
      transport: 'jsonrpc',
      protocolVersion: '0.3',
    });
  });

  test('may be given another name', () => {
    const card = { ...modern, name: 'Code Reviewer (beta)' };
    expect(read(card, { name: 'reviewer' }).written?.name).toBe('reviewer');
    expect(issuesOf(card)).toContain('name: "Code Reviewer (beta)" is no name for an agent');
    expect(issuesOf(card)).toContain('--name code-reviewer-beta');
  });

  test('has its skills renamed where a capability cannot be called so, and says it', () => {
    const { written, notes } = read({ ...modern, skills: [{ id: 'find recipes!', tags: [] }] });
    expect(written?.['capabilities']).toEqual([{ name: 'find-recipes', technologies: [] }]);
    expect(notes.map(({ message }) => message)).toEqual([
      'skills[0].id: "find recipes!" becomes the capability "find-recipes"',
    ]);
  });

  test.each([
    [{ ...modern, securityRequirements: [{ schemes: { bearer: { list: [] } } }] }, 'bearer'],
    [{ ...legacy, security: [{ key: [] }] }, 'key'],
  ])('that asks for authentication says which, unless there are headers', (card, scheme) => {
    expect(
      read(card)
        .notes.map(({ message }) => message)
        .join(),
    ).toContain(`asks for authentication (${scheme})`);
    expect(read(card, { hasHeaders: true }).notes).toEqual([]);
  });
});

describe('a card is refused, with the place,', () => {
  const { name: _name, ...nameless } = modern;
  const { skills: _skills, ...unskilled } = modern;
  const [grpc] = modern.supportedInterfaces;
  test.each<[string, object | string, string]>([
    ['that is no JSON', '{ "name": ', 'card.json:1:'],
    ['that is a list', [], 'must be a map of keys and values, not a list'],
    ['without a name', nameless, 'name: is missing'],
    ['without skills', unskilled, 'skills: is missing'],
    ['with a skill without an id', { ...modern, skills: [{ tags: [] }] }, 'skills[0].id: is missing'],
    ['with tags that are no list', { ...modern, skills: [{ id: 'a', tags: 'x' }] }, 'skills[0].tags: must be a list'],
    [
      'with a skill that is there twice',
      { ...modern, skills: [{ id: 'a b' }, { id: 'a-b' }] },
      'skills[1].id: the capability "a-b" is there twice',
    ],
    ['with a skill that no name can be made of', { ...modern, skills: [{ id: '!' }] }, 'skills[0].id: "!" has nothing'],
    ['without an address', { ...modern, supportedInterfaces: [] }, 'supportedInterfaces: must not be empty'],
    [
      'with an address that leads nowhere',
      { ...modern, supportedInterfaces: [{ ...grpc, url: 'agents.example' }] },
      'supportedInterfaces[0].url: must be an address',
    ],
    ['with a template as address', { ...legacy, url: 'https://x/${{ secrets.KEY }}' }, 'url: must be an address'],
    [
      'with interfaces that are not known',
      { ...modern, supportedInterfaces: [grpc] },
      'supportedInterfaces[0]: none of its interfaces can be spoken to: JSONRPC or HTTP+JSON of version 1.0 or 0.3 is needed, and there is GRPC 1.0',
    ],
    [
      'of a version that is not known',
      { ...legacy, preferredTransport: 'JSONRPC', protocolVersion: '2.0', additionalInterfaces: [] },
      'there is JSONRPC 2.0',
    ],
    [
      'that insists on an extension',
      { ...modern, capabilities: { extensions: [{ uri: 'https://x.example/pay', required: true }] } },
      'capabilities.extensions[0]: the agent insists on the extension https://x.example/pay',
    ],
  ])('%s', (_, card, message) => {
    expect(issuesOf(card)).toMatch(/^card\.json:\d+:\d+: /);
    expect(issuesOf(card)).toContain(message);
  });

  test('which is that of its line', () => {
    const text = JSON.stringify({ ...modern, name: 'Chef de cuisine' }, null, 2);
    expect(issuesOf(text)).toMatch(/^card\.json:3:11: name: "Chef de cuisine"/);
  });
});
