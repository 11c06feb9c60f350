import fc from 'fast-check';
import { parseCanonicalPlan } from '../../../src/contracts/schemas/parse-canonical-plan';
import { parseYaml } from '../../../src/contracts/schemas/yaml-source';
import { issuesIn } from './read-plan-text';

const head = 'version: 1\nname: p\ntasks: { t: { run: [ls] } }\n';

describe('a plan file that means harm', () => {
  it.each([
    ['brackets', `${head}outputs: { x: ${'['.repeat(100_000)}${']'.repeat(100_000)} }`],
    ['brackets that stay open', `${head}outputs: ${'['.repeat(100_000)}`],
    ['braces', `${head}outputs: ${'{a: '.repeat(50_000)}`],
    ['dashes', `${head}outputs:\n  x:\n    ${'- '.repeat(50_000)}x`],
    ['question marks', `${head}outputs:\n  ${'? '.repeat(50_000)}x`],
    ['colons', `${': '.repeat(50_000)}x`],
    ['indentation', Array.from({ length: 2_000 }, (_, index) => `${' '.repeat(index)}k:`).join('\n')],
    ['brackets below the limit of the tokens', `${head}outputs: { x: ${'['.repeat(70)}${']'.repeat(70)} }`],
  ])('nests too deeply with %s', async (_, text) => {
    expect((await issuesIn(text)).join('\n')).toContain('nested more than 64 levels deep');
  });

  it('may nest as deeply as is allowed', async () => {
    expect(await issuesIn(`${head}outputs: { x: ${'['.repeat(60)}${']'.repeat(60)} }`)).toEqual([]);
  });

  it('does not multiply with aliases', async () => {
    const lines = Array.from(
      { length: 40 },
      (_, index) => `  a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(9)}*a${index}]`,
    );
    const issues = await issuesIn(`${head}outputs:\n  a0: &a0 [x, x, x]\n${lines.join('\n')}`);
    expect(issues.join('\n')).toContain('aliases repeat more than 100000 values');
  });

  it.each(['outputs: { x: &x [*x] }', 'outputs: { x: &x [*x, *x] }', 'outputs: &o { x: *o }'])(
    'does not contain itself: %s',
    async (line) => {
      expect((await issuesIn(head + line)).join('\n')).toMatch(/nested more than 64 levels|aliases repeat more/);
    },
  );

  it('may use aliases as they are meant', async () => {
    expect(await issuesIn(`${head}outputs: { x: &x { a: 1 }, y: *x, z: [*x, *x] }`)).toEqual([]);
    expect(await issuesIn(`${head}outputs: { x: *gone }`)).toEqual([expect.stringContaining('gone')]);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('gets nothing by the key %s, wherever it stands', async (key) => {
    const issues = await issuesIn(
      `version: 1\nname: p\n${key}: { polluted: 1 }\ninputs: { ${key}: { type: string } }\nagents: { "${key}": { connector: simulated } }\ntasks: { t: { run: [ls] }, ${key}: { run: [ls] } }\noutputs: { x: { ${key}: { polluted: 1 } } }`,
    );
    expect(issues).toHaveLength(5);
    for (const issue of issues) expect(issue).toContain(`the key "${key}" is reserved`);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['.nan', 'JSON has no such value'],
    ['-.inf', 'JSON has no such value'],
    ['12345678901234567890', 'more digits than a JSON number keeps'],
    ['!!binary aGk=', 'Unresolved tag'],
    ['{ ? [a] : b }', 'keys'],
  ])('has no value %s', async (value, reason) => {
    expect((await issuesIn(`${head}outputs: { x: ${value} }`)).join('\n')).toContain(reason);
  });

  it('is not larger than 8 MB', async () => {
    expect(await issuesIn(`${head}# ${'x'.repeat(8 * 1024 * 1024)}`)).toEqual([
      expect.stringContaining('at most 8388608 (8 MB) are allowed'),
    ]);
  });

  it.each(['[],', ',', 'a: 1\n', '- '])('of millions of %j is refused before it is parsed', async (unit) => {
    const text = `${unit === '[],' || unit === ',' ? 'a: [' : ''}${unit.repeat(Math.floor((8 * 1024 * 1024 - 10) / unit.length))}`;
    expect((await issuesIn(text)).join('\n')).toMatch(/more than 2000000 words and signs|nested more than 64/);
  });

  it('with tens of thousands of equal keys is answered with a hundred issues', () => {
    const { issues } = parseYaml(Array.from({ length: 30_000 }, () => 'k: 1').join('\n'));
    expect(issues).toHaveLength(100);
  });

  it('with thousands of faulty tasks is answered with a hundred issues, and says so', async () => {
    const tasks = Array.from({ length: 2_000 }, (_, index) => `  t${index}: { run: [ls], needs: [task${index}] }`);
    const issues = await issuesIn(`version: 1\nname: p\ntasks:\n${tasks.join('\n')}`);
    expect(issues).toHaveLength(101);
    expect(issues.join('\n')).toContain('has 1900 more issues');
  });

  it('of any characters never breaks the reader', async () => {
    const unit = fc.constantFrom(
      ...'abt:-?[]{}&*!|>%@#\'"\\,\n \t0.~',
      'tasks:',
      'version: 1\n',
      '${{',
      '<<',
      '\u0000',
      '\ufeff',
      '---\n',
      'é',
      '\ud800',
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 60 }), async (text) => {
        expect((await issuesIn(text)).length).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of any JSON never breaks the reader, whatever stands in the places that a plan knows', async () => {
    const key = fc.constantFrom(
      'version',
      'name',
      'inputs',
      'agents',
      'tasks',
      'outputs',
      'defaults',
      't',
      'needs',
      'agent',
      'run',
      'plan',
      'if',
      'forEach',
      'retry',
      'gate',
      'onFailure',
      'connector',
      'latency',
      '__proto__',
      'type',
    );
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<unknown>(
          1,
          'p',
          null,
          true,
          'simulated',
          'ls',
          '1s',
          '${{ tasks.t.output }}',
          'tasks.t.output',
          '${{',
          -1,
          1e300,
          't',
          'string',
        ),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((entries): unknown => Object.fromEntries(entries)),
      ),
    })).value;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(key, json), { maxLength: 8 }), async (entries) => {
        const text = JSON.stringify(Object.fromEntries([['version', 1], ['name', 'p'], ...entries]));
        expect(Array.isArray(await issuesIn(text))).toBe(true);
        try {
          parseCanonicalPlan(text);
        } catch (error) {
          expect(error).toHaveProperty('code', 'PLAN_INVALID');
        }
      }),
      { numRuns: 800 },
    );
  });
});

describe('a canonical plan that means harm', () => {
  it('is refused when plans are inside plans without end', () => {
    const open = '{"version":1,"name":"p","tasks":{"t":{"plan":';
    const text = `${open.repeat(20_000)}1${'}}}'.repeat(20_000)}`;
    expect(() => parseCanonicalPlan(text)).toThrow('The plan is nested too deeply');
  });

  it.each(['__proto__', 'constructor', 'prototype'])('is refused when a value has the key %s', (key) => {
    const text = `{"version":1,"name":"p","tasks":{"t":{"run":["ls"]}},"outputs":{"x":{"${key}":1}}}`;
    expect(() => parseCanonicalPlan(text)).toThrow('without keys that JavaScript reserves');
  });

  it.each(['', 'null', '[]', '{', '{"version":1}'])('is refused when it is %j', (text) => {
    expect(() => parseCanonicalPlan(text)).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }) as Error);
  });
});
