import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { Json } from '../../domain/json';
import { planLimits } from '../../domain/plan/limits';
import type { PlanPath } from '../../domain/plan/issue';
import type { SourcePosition } from './source-position';
import { findExcess } from './yaml-bounds';
import { readYamlNodes } from './yaml-nodes';
import { locateNode } from './yaml-positions';

/** A YAML or JSON text as a value, with where its parts stand. */
export interface YamlSource {
  /** What could be read, also when there are issues; undefined when nothing could. */
  value: Json | undefined;
  issues: (SourcePosition & { message: string })[];
  /** Where the value at a path stands, or its key; where that does not exist, the nearest thing around it. */
  locate(path: PlanPath, atKey?: boolean): SourcePosition;
}

/**
 * Reads YAML 1.2 (and so JSON): one document, unique text keys, only values that JSON has, aliases within bounds. Never throws, and takes
 * time and memory in proportion to the text.
 */
export function parseYaml(text: string): YamlSource {
  const bytes = Buffer.byteLength(text);
  if (bytes > planLimits.fileBytes) {
    return unreadable(`the file has ${bytes} bytes, at most ${planLimits.fileBytes} (8 MB) are allowed`, {
      line: 1,
      column: 1,
    });
  }
  const lineCounter = new LineCounter();
  const excess = findExcess(text);
  if (excess) return unreadable(excess.message, positionIn(text, excess.offset));
  // Keys are compared while the nodes are read: the parser would compare each with each.
  const options = {
    lineCounter,
    uniqueKeys: false,
    stringKeys: true,
    prettyErrors: false,
    resolveKnownTags: false,
    logLevel: 'error',
  } as const;
  const document: Document.Parsed = parseDocument(text, options);
  const positionAt = (offset: number): SourcePosition => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const locate: YamlSource['locate'] = (path, atKey) => positionAt(locateNode(document, path, atKey ?? false));
  const syntax = [...document.errors, ...document.warnings].map(({ pos, code, message }) => ({
    ...positionAt(pos[0]),
    // The library's own words tell a programmer which function to call.
    message: code === 'MULTIPLE_DOCS' ? secondDocument : message,
  }));
  if (syntax.length > 0) return { value: undefined, issues: syntax.slice(0, planLimits.issues), locate };
  const { value, faults } = readYamlNodes(document);
  const issues = faults.map(({ offset, message }) => ({ ...positionAt(offset), message }));
  return { value, issues, locate };
}

const secondDocument = 'a second document begins here: a file holds one plan, so put the other into a file of its own';

function unreadable(message: string, position: SourcePosition): YamlSource {
  return { value: undefined, issues: [{ ...position, message }], locate: () => position };
}

function positionIn(text: string, offset: number): SourcePosition {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}
