import fc from 'fast-check';
import type { ExpressionScope } from '../../../src/domain/expressions/expression-scope';
import { renderTemplate } from '../../../src/domain/expressions/render-template';
import { parseTemplate } from '../../../src/domain/expressions/template';
import { referencesInTemplates } from '../../../src/domain/expressions/template-references';
import type { Json, JsonObject } from '../../../src/domain/json';

const scope: ExpressionScope = {
  inputs: { name: 'Ada', count: 3, list: ['x', { y: true }], object: { 'a-b': 1, '': 2 }, nothing: null },
  tasks: {
    good: { output: { score: 0.5, files: ['a', 'b'] }, status: 'succeeded', error: null },
    bad: { output: null, status: 'failed', error: 'exit 1' },
  },
  item: { path: 'p' },
  index: 2,
  session: { id: 's-1' },
  workspace: 'default',
};

test('what templates put into a value is bounded, however it got there', () => {
  const large = 'x'.repeat(20 * 1024 * 1024);
  const twice: Json = [large, large];
  const nested = Array.from({ length: 40 }).reduce<Json>((inner) => [inner, inner], twice);
  const given = { ...scope, inputs: { large, twice, nested } };
  const reference = (name: string): string => `\${{ inputs.${name} }}`;
  expect(renderTemplate([reference('twice'), reference('large')], given)).toEqual([twice, large]);
  // Alone it is no more than what is there.
  expect(renderTemplate(reference('nested'), given)).toBe(nested);
  for (const tooMuch of [
    reference('large').repeat(4),
    [reference('twice'), { again: reference('twice') }],
    `n: ${reference('nested')}`,
    [reference('nested')],
  ])
    expect(() => renderTemplate(tooMuch, given)).toThrow('more than 67108864 characters');
});

describe('rendering a template', () => {
  it.each<[string, Json]>([
    ['${{ inputs.count }}', 3],
    ['${{inputs.list}}', ['x', { y: true }]],
    ['${{ inputs.list[1].y }}', true],
    ['${{ inputs["object"]["a-b"] }}', 1],
    ["${{ inputs.object[''] }}", 2],
    ['${{ tasks.good.output.files[0] }}', 'a'],
    ['${{ tasks.bad.error }}', 'exit 1'],
    ['${{ index }}', 2],
    ['${{ item.path }}', 'p'],
    ['${{ session.id }} in ${{ workspace }}', 's-1 in default'],
    ['no template', 'no template'],
    ['${{ inputs.name }}!', 'Ada!'],
    ['n=${{ inputs.count }} l=${{ inputs.list }} z=[${{ inputs.nothing }}]', 'n=3 l=["x",{"y":true}] z=[]'],
    ['$${{ inputs.name }}', '${{ inputs.name }}'],
    ['costs $5 {{ x }} $ { {', 'costs $5 {{ x }} $ { {'],
    ['${{ inputs.object["a-b"] }}}}', '1}}'],
  ])('turns %s into %j', (template, expected) => {
    expect(renderTemplate(template, scope)).toEqual(expected);
  });

  it('makes null of every part of the output of a task that did not succeed', () => {
    expect(renderTemplate('${{ tasks.bad.output.deep[3]["x"].y }}', scope)).toBeNull();
  });

  it('renders values at any depth, and no keys', () => {
    expect(renderTemplate({ '${{ workspace }}': [{ deep: '${{ index }}' }, 1, null, true] }, scope)).toEqual({
      '${{ workspace }}': [{ deep: 2 }, 1, null, true],
    });
  });

  it('never renders what it has put in', () => {
    const sly = { ...scope, inputs: { sly: '${{ workspace }}' } };
    expect(renderTemplate('${{ inputs.sly }}', sly)).toBe('${{ workspace }}');
    expect(renderTemplate('a ${{ inputs.sly }}', sly)).toBe('a ${{ workspace }}');
  });

  it.each([
    ['${{ inputs.nam }}', 'has no "nam" (did you mean "name"?); it has name, count'],
    ['${{ inputs.list[7] }}', 'inputs.list is a list of 2'],
    ['${{ inputs.list.length }}', 'a list of 2'],
    ['${{ inputs.name.length }}', 'is a string'],
    ['${{ inputs.constructor }}', 'has no "constructor"'],
    ['${{ inputs.object.__proto__ }}', 'has no "__proto__"'],
    ['${{ inputs.object["toString"] }}', 'has no "toString"'],
    ['${{ tasks.other.output }}', 'has no "other"'],
    ['${{ tasks.good }}', 'add .output, .status or .error'],
    ['${{ tasks.good.outptu }}', 'did you mean "output"?'],
    ['${{ session.secret }}', 'only session.id'],
    ['${{ index.x }}', 'nothing follows index'],
    ['${{ output }}', 'output is not known here'],
    ['${{ process.env }}', '"process" is not known here'],
    ['${{ constructor }}', '"constructor" is not known here'],
    ['${{ }}', 'a path such as'],
    ['${{ inputs.name', 'and then }}'],
    ['${{ inputs.count + 1 }}', 'decisions belong into "if"'],
    ['${{ inputs. }}', 'a property name belongs here'],
    ['${{ inputs[x] }}', 'brackets hold'],
  ])('refuses %s', (template, reason) => {
    expect(() => renderTemplate(template, scope)).toThrow(reason);
  });

  it('does not see a root that the scope only inherits', () => {
    const inherited = Object.assign(Object.create({ item: 'inherited' }) as object, {
      inputs: {},
      tasks: {},
      session: { id: 's' },
      workspace: 'w',
    }) as ExpressionScope;
    expect(() => renderTemplate('${{ item }}', inherited)).toThrow('item is not known here');
  });
});

describe('templates against a naive model', () => {
  const key = fc.constantFrom('a', 'b_1', 'with-dash', 'with "quote"', 'with }} brace', '__proto__', 'constructor', '');
  const value = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie('json')), { maxLength: 3 }).map((entries): Json => Object.fromEntries(entries)),
    ),
  })).json;

  function allPaths(json: Json, path: (string | number)[] = []): { path: (string | number)[]; value: Json }[] {
    const here = [{ path, value: json }];
    if (Array.isArray(json)) return [...here, ...json.flatMap((member, index) => allPaths(member, [...path, index]))];
    if (json === null || typeof json !== 'object') return here;
    return [...here, ...Object.entries(json).flatMap(([name, member]) => allPaths(member, [...path, name]))];
  }

  function write(path: (string | number)[]): string {
    return `item${path.map((part) => (typeof part === 'string' && /^[A-Za-z_]\w*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`)).join('')}`;
  }

  it('finds every part of every value by its path', () => {
    fc.assert(
      fc.property(value, (item) => {
        for (const { path, value: expected } of allPaths(item)) {
          expect(renderTemplate(`\${{ ${write(path)} }}`, { ...scope, item })).toStrictEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('puts texts and values together like joining them does', () => {
    const literal = fc.string().map((text) => text.replaceAll('$', ''));
    fc.assert(
      fc.property(fc.array(fc.tuple(literal, fc.integer()), { minLength: 2, maxLength: 5 }), (parts) => {
        const inputs: JsonObject = Object.fromEntries(parts.map(([, number], index) => [`n${index}`, number]));
        const template = parts.map(([text], index) => `${text}\${{ inputs.n${index} }}`).join('');
        const expected = parts.map(([text, number]) => `${text}${number}`).join('');
        expect(renderTemplate(template, { ...scope, inputs })).toBe(expected);
      }),
    );
  });

  it('reads any text as parts or as a fault, and loses no literal character', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'$ {}ab.[]"0'), maxLength: 40 }), (text) => {
        let parts;
        try {
          parts = parseTemplate(text);
        } catch (error) {
          expect(error).toHaveProperty('code', 'EXPRESSION_INVALID');
          return;
        }
        if (!text.includes('${{')) expect(parts.join('')).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('references in templates', () => {
  it('are listed with where they stand', () => {
    const found = referencesInTemplates({ a: ['x ${{ inputs.one }} ${{ tasks.t.output.x[0] }}'], b: '${{ oops', c: 1 });
    expect(found).toEqual([
      {
        path: ['a', 0],
        reference: expect.objectContaining({ root: 'inputs', segments: ['one'], offset: 6 }) as unknown,
      },
      {
        path: ['a', 0],
        reference: expect.objectContaining({ root: 'tasks', segments: ['t', 'output', 'x', 0] }) as unknown,
      },
      { path: ['b'], fault: expect.stringContaining('and then }}') as unknown },
    ]);
  });
});
