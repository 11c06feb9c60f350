import type { JsonObject } from '../../domain/json';
import type { SourcePosition } from './source-position';
import { parseYaml } from './yaml-source';
import type { YamlSource } from './yaml-source';

/** A Markdown text as the map of its front matter and the text below it. */
export type FrontMatter =
  | { written: JsonObject; body: string; locate: YamlSource['locate'] }
  | { written: undefined; issues: (SourcePosition & { message: string })[] };

/** Whether a text begins with front matter at all. */
export function hasFrontMatter(text: string): boolean {
  return /^\ufeff?---[ \t]*\r?\n/.test(text);
}

/** Reads YAML between two lines of `---` at the beginning of a text. Never throws. */
export function readFrontMatter(text: string): FrontMatter {
  if (!hasFrontMatter(text)) {
    return fault(1, 'has no front matter: the first line of an agent file is ---, then come its keys, then --- again');
  }
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line, at) => at > 0 && /^---[ \t]*$/.test(line));
  if (end === -1) return fault(lines.length, 'the front matter does not end: add a line --- below its keys');
  const source = parseLeniently(lines.slice(1, end));
  const below = ({ line, column }: SourcePosition): SourcePosition => ({ line: line + 1, column });
  if (source.issues.length > 0) {
    return { written: undefined, issues: source.issues.map((issue) => ({ ...issue, ...below(issue) })) };
  }
  // Without keys it is empty, not a map.
  const value = source.value ?? {};
  if (typeof value !== 'object' || Array.isArray(value))
    return fault(2, 'the front matter must be a map of keys and values');
  return {
    written: value,
    body: lines
      .slice(end + 1)
      .join('\n')
      .trim(),
    locate: (path, atKey) => below(source.locate(path, atKey)),
  };
}

/** No agent has more; each of these lines may have to be read by itself. */
const maxLenientLines = 500;

/** Begins what goes on below: a list, a map, a text in quotes or a block that does not end on its line. */
const goesOn = /^(?:\[[^\]]*|\{[^}]*|"[^"]*|'[^']*|[|>].*)$/;

/**
 * Subagents of Claude Code are read line by line there, so that many have values that are no YAML: `description: Use it so: like this`, `tools: *`. Such texts are put
 * in quotes, but only where the front matter cannot be read without that.
 */
function parseLeniently(lines: readonly string[]): YamlSource {
  const strict = parseYaml(lines.join('\n'));
  if (strict.issues.length === 0 || lines.length > maxLenientLines) return strict;
  const quoted = lines.map((line) => {
    const [, key = '', value = ''] = /^([A-Za-z][\w-]*):[ \t]+(\S.*)$/.exec(line) ?? [];
    if (key === '' || goesOn.test(value) || parseYaml(line).issues.length === 0) return line;
    return `${key}: ${JSON.stringify(value)}`;
  });
  const lenient = parseYaml(quoted.join('\n'));
  return lenient.issues.length === 0 ? lenient : strict;
}

function fault(line: number, message: string): FrontMatter {
  return { written: undefined, issues: [{ line, column: 1, message }] };
}
