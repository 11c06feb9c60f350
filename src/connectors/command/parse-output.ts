import type { Json } from '../../domain/json';
import type { OutputFormat } from '../../domain/plan/plan';

export type ParsedOutput = { output: Json } | { problem: string };

/**
 * The output that a program's stdout stands for, or why it stands for none.
 *
 * - `text`: all of it, without the newline at its end. Bytes that are not UTF-8 become U+FFFD, here and in `lines`.
 * - `lines`: its lines; a newline at the end begins no further line, and an empty stdout is an empty list.
 * - `json`: all of it as one document, pretty-printed or not. Failing that, the object or array that begins a line, in the first column, and
 *   goes on to the end of stdout: the last of several documents, or one after other text. Text after it is not accepted, because a
 *   document in the middle may be a log line of a program that broke off.
 */
export function parseOutput(stdout: Buffer, format: OutputFormat): ParsedOutput {
  switch (format) {
    case 'text':
      return { output: withoutFinalNewline(stdout.toString('utf8')) };
    case 'lines':
      return { output: stdout.length === 0 ? [] : withoutFinalNewline(stdout.toString('utf8')).split(/\r?\n/) };
    case 'json':
      return parseJsonOutput(stdout);
  }
}

function withoutFinalNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function parseJsonOutput(stdout: Buffer): ParsedOutput {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(stdout);
  } catch {
    return { problem: 'stdout is not UTF-8' };
  }
  if (text.trim() === '') return { problem: 'stdout is empty' };
  return tryJson(text) ?? tryJson(text.slice(startOfLastDocument(text))) ?? { problem: 'stdout is not JSON' };
}

/** Where the last line begins that opens an object or array; the text's length if none does. */
function startOfLastDocument(text: string): number {
  const found = Math.max(text.lastIndexOf('\n{'), text.lastIndexOf('\n['));
  return found === -1 ? text.length : found + 1;
}

function tryJson(text: string): ParsedOutput | undefined {
  try {
    return { output: JSON.parse(text) as Json };
  } catch {
    return undefined;
  }
}
