import { expressionError } from './expression-error';

/** A regular expression as a tree. Groups are kept by their body only: nothing asks what they captured. */
export type PatternNode =
  | { kind: 'empty' }
  | { kind: 'characters'; matches: (code: number) => boolean }
  | { kind: 'assertion'; assertion: PatternAssertion }
  | { kind: 'sequence'; nodes: PatternNode[] }
  | { kind: 'choice'; nodes: PatternNode[] }
  | { kind: 'repeat'; node: PatternNode; minimum: number; maximum: number };

export type PatternAssertion = 'start' | 'end' | 'word-boundary' | 'no-word-boundary';

type CharacterTest = (code: number) => boolean;

const isDigit: CharacterTest = (code) => code >= 48 && code <= 57;
export const isWordCharacter: CharacterTest = (code) =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const isSpace: CharacterTest = (code) => /\s/.test(String.fromCharCode(code));
const isLineEnd: CharacterTest = (code) => code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
const not =
  (test: CharacterTest): CharacterTest =>
  (code) =>
    !test(code);

const classes: Record<string, CharacterTest> = {
  d: isDigit,
  D: not(isDigit),
  w: isWordCharacter,
  W: not(isWordCharacter),
  s: isSpace,
  S: not(isSpace),
};
const controls: Record<string, number> = { n: 10, r: 13, t: 9, v: 11, f: 12, '0': 0 };
const maxRepetitions = 1_000;
const maxDepth = 50;

/**
 * Parses the part of ECMAScript's regular expressions that can be matched in linear time: everything but look-around, back-references
 * and `\p`. Works on UTF-16 code units. Throws EXPRESSION_INVALID.
 */
export function parsePattern(source: string): PatternNode {
  return new PatternParser(source).parse();
}

class PatternParser {
  private position = 0;
  private depth = 0;

  constructor(private readonly source: string) {}

  parse(): PatternNode {
    const node = this.choice();
    if (this.position < this.source.length) throw this.fault('")" without "("');
    return node;
  }

  private choice(): PatternNode {
    const nodes = [this.sequence()];
    while (this.take('|')) nodes.push(this.sequence());
    return nodes.length === 1 && nodes[0] ? nodes[0] : { kind: 'choice', nodes };
  }

  private sequence(): PatternNode {
    const nodes: PatternNode[] = [];
    while (this.position < this.source.length && !'|)'.includes(this.peek())) nodes.push(this.repeated());
    return nodes.length === 0 ? { kind: 'empty' } : { kind: 'sequence', nodes };
  }

  private repeated(): PatternNode {
    const node = this.atom();
    const bounds = this.quantifier();
    if (!bounds) return node;
    if (node.kind === 'assertion') throw this.fault('an anchor cannot be repeated');
    this.take('?'); // Lazy or not, the same texts match.
    if (this.quantifier()) throw this.fault('nothing to repeat');
    return { kind: 'repeat', node, ...bounds };
  }

  private quantifier(): { minimum: number; maximum: number } | undefined {
    if (this.take('*')) return { minimum: 0, maximum: Infinity };
    if (this.take('+')) return { minimum: 1, maximum: Infinity };
    if (this.take('?')) return { minimum: 0, maximum: 1 };
    if (this.peek() !== '{') return undefined;
    const match = /^\{(\d{1,6})(?:(,)(\d{1,6})?)?\}/.exec(this.source.slice(this.position, this.position + 16));
    if (!match) throw this.fault('"{" begins a repetition such as {2} or {1,3}; write \\{ for the character');
    const minimum = Number(match[1]);
    const maximum = match[2] === undefined ? minimum : match[3] === undefined ? Infinity : Number(match[3]);
    if (maximum < minimum) throw this.fault('the bounds of the repetition are in the wrong order');
    if (Math.max(minimum, maximum === Infinity ? 0 : maximum) > maxRepetitions) {
      throw this.fault(`at most ${maxRepetitions} repetitions can be counted`);
    }
    this.position += match[0].length;
    return { minimum, maximum };
  }

  private atom(): PatternNode {
    const character = this.next();
    switch (character) {
      case '^':
        return { kind: 'assertion', assertion: 'start' };
      case '$':
        return { kind: 'assertion', assertion: 'end' };
      case '.':
        return { kind: 'characters', matches: not(isLineEnd) };
      case '(':
        return this.group();
      case '[':
        return this.characterClass();
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        throw this.fault('nothing to repeat');
      case '{':
      case '}':
      case ']':
        throw this.fault(`write \\${character} for the character`);
      default:
        return exactly(character.charCodeAt(0));
    }
  }

  private group(): PatternNode {
    if (++this.depth > maxDepth) throw this.fault(`at most ${maxDepth} groups inside each other`);
    if (this.take('?')) {
      const named = /^<[A-Za-z_]\w*>/.exec(this.source.slice(this.position, this.position + 70));
      if (named) this.position += named[0].length;
      else if (!this.take(':')) throw this.fault('look-ahead and look-behind are not supported');
    }
    const node = this.choice();
    if (!this.take(')')) throw this.fault('")" is missing');
    this.depth--;
    return node;
  }

  private escape(): PatternNode {
    const character = this.next();
    if (character === 'b') return { kind: 'assertion', assertion: 'word-boundary' };
    if (character === 'B') return { kind: 'assertion', assertion: 'no-word-boundary' };
    const escaped = this.escapedCharacters(character);
    return typeof escaped === 'number' ? exactly(escaped) : { kind: 'characters', matches: escaped };
  }

  private escapedCharacters(character: string): number | CharacterTest {
    const test = Object.hasOwn(classes, character) ? classes[character] : undefined;
    if (test) return test;
    const control = Object.hasOwn(controls, character) ? controls[character] : undefined;
    if (control !== undefined) return control;
    if (character === 'x') return this.hexadecimal(2);
    if (character === 'u') return this.hexadecimal(4);
    if (/[1-9k]/.test(character)) throw this.fault('back-references are not supported');
    if (/[A-Za-z]/.test(character)) throw this.fault(`the escape \\${character} is not supported`);
    return character.charCodeAt(0);
  }

  private hexadecimal(digits: number): number {
    const text = this.source.slice(this.position, this.position + digits);
    if (text.length !== digits || !/^[0-9a-fA-F]+$/.test(text))
      throw this.fault(`${digits} hexadecimal digits belong here`);
    this.position += digits;
    return parseInt(text, 16);
  }

  private characterClass(): PatternNode {
    const negated = this.take('^');
    const tests: CharacterTest[] = [];
    while (!this.take(']')) {
      const low = this.classMember();
      if (this.peek() !== '-' || this.source[this.position + 1] === ']') {
        tests.push(typeof low === 'number' ? (code) => code === low : low);
        continue;
      }
      this.take('-');
      const high = this.classMember();
      if (typeof low !== 'number' || typeof high !== 'number')
        throw this.fault('a range needs a character on both sides');
      if (high < low) throw this.fault('the range is in the wrong order');
      tests.push((code) => code >= low && code <= high);
    }
    return { kind: 'characters', matches: (code) => tests.some((test) => test(code)) !== negated };
  }

  private classMember(): number | CharacterTest {
    const character = this.next();
    if (character !== '\\') return character.charCodeAt(0);
    const escaped = this.next();
    return escaped === 'b' ? 8 : escaped === '-' ? 45 : this.escapedCharacters(escaped);
  }

  private peek(): string {
    return this.source[this.position] ?? '';
  }

  private next(): string {
    const character = this.source[this.position];
    if (character === undefined) throw this.fault('the pattern ends too early');
    this.position++;
    return character;
  }

  private take(character: string): boolean {
    if (this.source[this.position] !== character) return false;
    this.position++;
    return true;
  }

  private fault(message: string): Error {
    return expressionError(`pattern ${JSON.stringify(this.source)}, character ${this.position + 1}: ${message}`);
  }
}

function exactly(expected: number): PatternNode {
  return { kind: 'characters', matches: (code) => code === expected };
}
