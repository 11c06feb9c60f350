import fc from 'fast-check';
import { compileCondition, evaluateCondition } from '../../../src/domain/expressions/condition';
import type { ExpressionScope } from '../../../src/domain/expressions/expression-scope';
import type { Json } from '../../../src/domain/json';

const scope: ExpressionScope = {
  inputs: { flag: true, name: 'Ada', none: null, large: 1e20 },
  tasks: {
    a: {
      output: { score: 1, half: 0.5, items: [1, 2, 3], words: ['x', 'y'], map: { k: 'v' }, text: 'a1' },
      status: 'succeeded',
      error: null,
    },
    failed: { output: null, status: 'failed', error: 'exit 1' },
  },
  item: 7,
  index: 0,
  session: { id: 's' },
  workspace: 'w',
  output: { failed: 0 },
};

const decide = (text: string, over: Partial<ExpressionScope> = {}): boolean =>
  evaluateCondition(compileCondition(text), { ...scope, ...over });

describe('a condition', () => {
  it.each([
    ['tasks.a.output.score > 0.5', true],
    ['tasks.a.output.score == 1', true],
    ['tasks.a.output.score == 1.0', true],
    ['tasks.a.output.score != 1.0', false],
    ['1 == 1.0', true],
    ['1.0 == 1', true],
    ['1.5 != 1', true],
    ['tasks.a.output.half < 1', true],
    ['tasks.a.output.score + 0.5 > 1', true],
    ['0.5 + tasks.a.output.score == 1.5', true],
    ['tasks.a.output.score * 2.0 == 2.0', true],
    ['tasks.a.output.score / 2.0 == 0.5', true],
    ['3 - tasks.a.output.half == 2.5', true],
    ['output.failed == 0', true],
    ['inputs.flag', true],
    ['!inputs.flag', false],
    ['inputs.none == null', true],
    ['inputs.large > 1', true],
    ['tasks.failed.status == "failed" && tasks.failed.output == null', true],
    ['tasks.failed.error.contains("exit")', true],
    ['has(tasks.a.output.nope)', false],
    ['has(tasks.a.output.score)', true],
    ['tasks["a"].output["map"]["k"] == "v"', true],
    ['2 in tasks.a.output.items', true],
    ['"k" in tasks.a.output.map', true],
    ['"toString" in tasks.a.output.map', false],
    ['size(tasks.a.output.items) == 3', true],
    ['tasks.a.output.items.all(x, x > 0) && tasks.a.output.items.exists(x, x == 3)', true],
    ['tasks.a.output.items.map(x, x * 2)[2] == 6', true],
    ['tasks.a.output.text.matches("^[a-z][0-9]$")', true],
    ['tasks.a.output.words.exists(w, w.matches("^y$"))', true],
    ['item == 7 && index == 0 && session.id == "s" && workspace == "w"', true],
    ['tasks.a.output.items.exists(tasks, tasks == 2)', true],
  ])('decides %s', (text, expected) => {
    expect(decide(text)).toBe(expected);
  });

  it.each([
    ['tasks.a.output.nope > 1', 'No such key: nope'],
    ['tasks.failed.output.score > 1', 'No such key: score'],
    ['tasks.a.output.constructor == 1', 'No such key: constructor'],
    ['tasks.a.output.map["__proto__"] == null', 'No such key: __proto__'],
    ['tasks.a.output.items', 'came to a list, not to true or false'],
    ['tasks.a.output.score', 'came to the number 1'],
    ['inputs.none', 'came to null'],
    ['inputs.name', 'came to a text'],
    ['tasks.a.output.text > 1', 'no such overload'],
    ['tasks.a.output.text.matches("(?=a)")', 'cannot be read'],
  ])('fails where %s cannot be decided', (text, reason) => {
    const condition = compileCondition(text);
    expect(() => evaluateCondition(condition, scope)).toThrow(reason);
  });

  it('fails where the scope does not have what it names', () => {
    const { item: _, ...without } = scope;
    expect(() => evaluateCondition(compileCondition('item == 7'), without)).toThrow('Unknown variable: item');
  });

  it.each([
    ['1 +', 'condition, character 4: something is missing at the end'],
    ['output.x = 1', 'condition, character 10'],
    ['', 'something is missing'],
    ['nope == 1', 'Unknown variable: nope'],
    ['now() == 1', 'now()'],
    ['1 + 1', 'a value of type int'],
    ['"text"', 'a value of type string'],
    ['"x" > 1', 'no such overload'],
    ['cel.bind(x, 1, x == 1)', 'cel.bind is not available'],
    ['[1].all(a, [1].all(b, [1].all(c, true)))', 'at most 2 loops'],
    [`${'('.repeat(200)}true${')'.repeat(200)}`, 'maxDepth'],
    [`true${' && true'.repeat(240)}`.repeat(2), 'at most 2000 are allowed'],
    ['!'.repeat(1_990) + 'true', 'maxAstNodes'],
  ])('is refused when it reads %s', (text, reason) => {
    expect(() => compileCondition(text)).toThrow(reason);
  });

  it('lists what it refers to, without the variables of its loops', () => {
    const { references } = compileCondition(
      'tasks.a.output.items[0] > 1 && inputs.list.exists(x, x.y == tasks["b"].status) && has(item.z) && tasks.c.output[inputs.key] == 1',
    );
    expect(references.map(({ root, segments }) => [root, ...segments].join('/'))).toEqual([
      'tasks/a/output/items/0',
      'inputs/list',
      'tasks/b/status',
      'item/z',
      'tasks/c/output',
      'inputs/key',
    ]);
  });

  it('is answered on a text on which a backtracking engine would run for years', () => {
    expect(decide('inputs.text.matches("(a+)+$")', { inputs: { text: `${'a'.repeat(2_000)}!` } })).toBe(false);
  });

  it('is not run when its loops inside each other would take too long', () => {
    const inputs = { list: Array.from({ length: 4_000 }, (_, index) => index) };
    expect(() => decide('inputs.list.all(a, inputs.list.all(b, a != b || a == b))', { inputs })).toThrow('4000 items');
    expect(decide('inputs.list.all(a, a >= 0)', { inputs })).toBe(true);
  });

  it('gives the same answer each time', () => {
    const condition = compileCondition('tasks.a.output.items.exists(x, x == item)');
    const answers = [7, 2, 7, 3].map((item) => evaluateCondition(condition, { ...scope, item }));
    expect(answers).toEqual([false, true, false, true]);
  });
});

describe('numbers in conditions', () => {
  const number = fc.oneof(
    fc.integer({ min: -1_000, max: 1_000 }),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  );

  it('compare as they do in JavaScript, whole or not', () => {
    fc.assert(
      fc.property(number, number, (left, right) => {
        const inputs: Record<string, Json> = { left, right };
        const results = ['<', '<=', '>', '>=', '==', '!='].map((operator) =>
          decide(`inputs.left ${operator} inputs.right`, { inputs }),
        );
        expect(results).toEqual([
          left < right,
          left <= right,
          left > right,
          left >= right,
          left === right,
          left !== right,
        ]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('hostile conditions', () => {
  const token = fc.constantFrom(
    'inputs',
    'tasks',
    '.a',
    '.output',
    '[0]',
    '["x"]',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '&&',
    '||',
    '!',
    '-',
    '+',
    '==',
    '<',
    '1',
    '1.5',
    '"s"',
    'true',
    'null',
    '?',
    ':',
    ',',
    '.map(x, x)',
    '.all(x, ',
    'has(',
    '.matches(',
    'cel.bind(x, ',
    'constructor',
    '__proto__',
    'google',
    'type(',
    "'",
    '\\',
    'r"',
    'b"',
    '99999999999999999999',
    '1e999',
  );

  it('are compiled or refused, and decided or failed, always with an error for people', () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        try {
          expect(typeof decide(tokens.join(' '))).toBe('boolean');
        } catch (error) {
          expect(error).toHaveProperty('code', 'EXPRESSION_INVALID');
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
