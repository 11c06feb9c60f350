import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';
import type { Document } from 'yaml';
import type { PlanPath } from '../../domain/plan/issue';

/** Offset of the value at a path, or of its key; where that does not exist, of the nearest thing around it. */
export function locateNode(document: Document.Parsed, path: PlanPath, atKey: boolean): number {
  let node: unknown = document.contents;
  let offset = offsetOf(node) ?? 0;
  for (const [index, part] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (!pair) return offset;
      const last = index === path.length - 1;
      // A map that begins on the next line is better named by its key.
      const isBlock = isMap(pair.value) || isSeq(pair.value);
      offset =
        (atKey && last) || isBlock
          ? (offsetOf(pair.key) ?? offset)
          : (offsetOf(pair.value) ?? offsetOf(pair.key) ?? offset);
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = offsetOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
