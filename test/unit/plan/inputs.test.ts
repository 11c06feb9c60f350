import fc from 'fast-check';
import { parseInputArguments } from '../../../src/domain/plan/input-arguments';
import { validateInputs } from '../../../src/domain/plan/input-values';
import type { InputSpec, Plan } from '../../../src/domain/plan/plan';

const planWith = (inputs: Record<string, Partial<InputSpec>>): Pick<Plan, 'name' | 'inputs'> => ({
  name: 'p',
  inputs: Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => [name, { type: 'string', required: false, ...spec }]),
  ),
});

describe('the inputs of a run', () => {
  const plan = planWith({
    issue: { required: true, description: 'What is wrong', pattern: '^[A-Z]+-[0-9]+$' },
    depth: { type: 'number', default: 2, minimum: 1, maximum: 5 },
    color: { enum: ['red', 'green'] },
    list: { type: 'array' },
    map: { type: 'object', default: {} },
    flag: { type: 'boolean' },
  });

  it('are completed with defaults, and with null where there is none', () => {
    expect(validateInputs(plan, { issue: 'AB-1', depth: null })).toEqual({
      issue: 'AB-1',
      depth: 2,
      color: null,
      list: null,
      map: {},
      flag: null,
    });
  });

  it('are refused with everything that is wrong with them', () => {
    const given = { depth: 9, color: 'rot', lst: [], list: {}, flag: 'true' };
    expect(() => validateInputs(plan, given)).toThrow(
      expect.objectContaining({
        code: 'INPUT_INVALID',
        message: [
          'The inputs do not fit plan "p":',
          '  lst: the plan has no such input (did you mean "list"?)',
          '  issue: is required: What is wrong',
          '  depth: must be at most 5',
          '  color: must be one of "red", "green"',
          '  list: must be an array, not an object',
          '  flag: must be a boolean, not a string',
        ].join('\n'),
      }) as Error,
    );
  });

  it.each([
    [{ issue: 'ab' }, 'does not match the pattern'],
    [{ issue: null }, 'must be a string, not null'],
    [{ issue: 'A-1', depth: 0 }, 'must be at least 1'],
    [{ issue: `A-${'1'.repeat(10_000)}` }, 'at most 10000 are allowed'],
    [{ issue: 'A-1', ['__proto__']: 1 }, 'the plan has no such input'],
    [{ issue: 'A-1', constructor: 1 }, 'the plan has no such input'],
  ])('are not %j', (given, reason) => {
    expect(() => validateInputs(plan, given)).toThrow(reason);
  });

  it('compare with an enum by value', () => {
    const choice = planWith({ x: { type: 'object', enum: [{ a: 1, b: [2] }] } });
    expect(validateInputs(choice, { x: { b: [2], a: 1 } })).toEqual({ x: { a: 1, b: [2] } });
  });
});

describe('inputs on the command line', () => {
  const plan = planWith({
    text: {},
    number: { type: 'number' },
    flag: { type: 'boolean' },
    list: { type: 'array' },
    map: { type: 'object' },
  });

  it('become values of the types that the plan asks for', () => {
    const written = ['text=a=b', 'number=-1.5e3', 'flag=false', 'list=[1,"x"]', 'map={"a":null}'];
    expect(parseInputArguments(plan, written)).toEqual({
      text: 'a=b',
      number: -1500,
      flag: false,
      list: [1, 'x'],
      map: { a: null },
    });
  });

  it('keep a text as it stands', () => {
    fc.assert(
      fc.property(fc.string(), (text) => expect(parseInputArguments(plan, [`text=${text}`])).toEqual({ text })),
    );
  });

  it('can come from files where a reader is given', () => {
    const read = (path: string): string => {
      if (path === 'a.json') return '[1]';
      throw new Error(`no such file: ${path}`);
    };
    expect(parseInputArguments(plan, ['list=@a.json', 'text=@@home'], read)).toEqual({ list: [1], text: '@home' });
    expect(parseInputArguments(plan, ['text=@a.json'])).toEqual({ text: '@a.json' });
    expect(() => parseInputArguments(plan, ['text=@gone'], read)).toThrow('no such file: gone');
  });

  it('are refused with everything that is wrong with them', () => {
    const written = [
      'nonsense',
      '=x',
      'txt=1',
      'number=1x',
      'number=',
      'flag=yes',
      'list={}',
      'map=null',
      'map={',
      'text=1',
      'text=2',
    ];
    expect(() => parseInputArguments(plan, written)).toThrow(
      /"nonsense": write name=value\n {2}"=x": write name=value\n {2}"txt": the plan has no such input \(did you mean "text"\?\)\n {2}"number": "1x" is no number\n {2}"number": "" is no number\n {2}"flag": write true or false, not "yes"\n {2}"list": must be an array in JSON, not object\n {2}"map": must be an object in JSON, not null\n {2}"map": "\{" is no JSON .*\n {2}"text" is given twice$/,
    );
  });
});
