import { Lexer } from 'yaml';
import { planLimits } from '../../domain/plan/limits';

/** Tags, anchors and values count as levels here, so a text at the limit must not be refused for them. */
const slack = 16;

/** Where a YAML text passes a limit. */
export interface Excess {
  /** Characters before it. */
  offset: number;
  message: string;
}

/**
 * Where a YAML text clearly nests too deeply, or takes too long to read; undefined when it does neither. Counts on the tokens, before the text
 * is parsed: the parser recurses, and 10,000 brackets do not only overflow its stack but end the whole process.
 */
export function findExcess(text: string): Excess | undefined {
  let offset = 0;
  let tokens = 0;
  let column = 0;
  let flowDepth = 0;
  let previous = '\n';
  // Columns of the block collections that are open, ascending.
  const blocks: number[] = [];
  for (const token of new Lexer().lex(text)) {
    if (marks.has(token)) continue;
    if (token === '[' || token === '{') flowDepth++;
    else if (token === ']' || token === '}') flowDepth = Math.max(0, flowDepth - 1);
    else if (flowDepth === 0 && beginsNode(token, previous)) openBlock(blocks, column);
    if (flowDepth + blocks.length > planLimits.depth + slack) {
      return { offset, message: `lists and maps are nested more than ${planLimits.depth} levels deep` };
    }
    if (token.trim() !== '' && ++tokens > planLimits.tokens) {
      return {
        offset,
        message: `the file has more than ${planLimits.tokens} words and signs: split it, or use forEach`,
      };
    }
    if (token.trim() !== '' || token.includes('\n')) previous = token;
    offset += token.length;
    const lineEnd = token.lastIndexOf('\n');
    column = lineEnd === -1 ? column + token.length : token.length - lineEnd - 1;
  }
  return undefined;
}

/** What the lexer puts between tokens; they stand for no characters. */
const marks = new Set(['\u0002', '\u0018', '\u001f', '\ufeff']);

function beginsNode(token: string, previous: string): boolean {
  // A colon after a key continues its map; any other one begins a map whose first key is empty.
  if (token === ':') return previous === ':' || previous === '-' || previous === '?' || previous.endsWith('\n');
  return token.trim() !== '' && !token.startsWith('#');
}

function openBlock(blocks: number[], column: number): void {
  while ((blocks.at(-1) ?? -1) > column) blocks.pop();
  if ((blocks.at(-1) ?? -1) < column) blocks.push(column);
}
