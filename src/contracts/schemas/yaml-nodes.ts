import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, Node, Pair, Scalar } from 'yaml';
import type { Json } from '../../domain/json';
import { planLimits } from '../../domain/plan/limits';
import { refusedKeys } from '../../domain/plan/names';

export interface YamlFault {
  /** Characters before it in the text. */
  offset: number;
  message: string;
}

/** Values that all aliases of a file together may repeat: a few lines of aliases of aliases would otherwise fill the memory. */
const maxAliasedValues = 100_000;

/**
 * The nodes of a document as JSON without what JSON or a plan cannot have, and the faults that say what that is. Undefined where so much had to be
 * left out that the rest means nothing.
 */
export function readYamlNodes(document: Document.Parsed): { value: Json | undefined; faults: YamlFault[] } {
  const reader = new NodeReader();
  const value = reader.read(document.contents, 0);
  return { value: reader.isCutOff ? undefined : value, faults: reader.faults };
}

class NodeReader {
  readonly faults: YamlFault[] = [];
  isCutOff = false;
  private readonly anchors = new Map<string, Node>();
  private aliasDepth = 0;
  private aliasedValues = 0;

  read(node: unknown, depth: number): Json {
    if (node === null || node === undefined) return null;
    if (this.aliasDepth > 0 && ++this.aliasedValues > maxAliasedValues) {
      // Once, however often it is run into.
      if (this.aliasedValues === maxAliasedValues + 1) {
        this.isCutOff = true;
        this.fault(
          node,
          `aliases repeat more than ${maxAliasedValues} values: write the plan without them, or use forEach`,
        );
      }
      return null;
    }
    if (depth > planLimits.depth) {
      this.isCutOff = true;
      this.fault(node, `lists and maps are nested more than ${planLimits.depth} levels deep`);
      return null;
    }
    if (isAlias(node)) return this.readAlias(node.source, node, depth);
    this.rememberAnchor(node);
    if (isMap(node)) return this.readMap(node.items, depth);
    if (isSeq(node)) return node.items.map((item) => this.read(item, depth + 1));
    return isScalar(node) ? this.readScalar(node) : null;
  }

  private readAlias(source: string, node: Node, depth: number): Json {
    const target = this.anchors.get(source);
    if (!target) {
      this.fault(node, `there is no anchor "&${source}" before this alias`);
      return null;
    }
    this.aliasDepth++;
    const value = this.read(target, depth + 1);
    this.aliasDepth--;
    return value;
  }

  private rememberAnchor(node: unknown): void {
    if (this.aliasDepth > 0) return;
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined)
      this.anchors.set(node.anchor, node);
  }

  private readMap(pairs: readonly Pair[], depth: number): Json {
    const members = new Map<string, Json>();
    for (const pair of pairs) {
      if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
        this.fault(pair.key, 'keys must be texts');
        continue;
      }
      this.rememberAnchor(pair.key);
      const key = pair.key.value;
      if (refusedKeys.has(key)) {
        this.fault(pair.key, `the key "${key}" is reserved by JavaScript: choose another name`);
        continue;
      }
      if (members.has(key)) this.fault(pair.key, `the key "${key}" is there twice`);
      members.set(key, this.read(pair.value, depth + 1));
    }
    return Object.fromEntries(members);
  }

  private readScalar(node: Scalar): Json {
    const { value } = node;
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      this.fault(node, 'JSON has no such value: put it in quotes');
      return null;
    }
    const source = node.source?.replace(/^\+/, '') ?? '';
    // Numbers that a program has written come back as they were; only digits that would be lost are refused.
    if (!Number.isSafeInteger(value) && /^-?\d+$/.test(source) && String(value) !== source) {
      this.fault(node, `${source} has more digits than a JSON number keeps: put it in quotes`);
    }
    // JSON knows no -0.
    return value === 0 ? 0 : value;
  }

  private fault(node: unknown, message: string): void {
    if (this.faults.length >= planLimits.issues) return;
    const range = isAlias(node) || isMap(node) || isSeq(node) || isScalar(node) ? node.range : undefined;
    this.faults.push({ offset: range?.[0] ?? 0, message });
  }
}
