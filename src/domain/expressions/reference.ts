import { didYouMean } from '../did-you-mean';
import { scopeRoots } from './expression-scope';

/** A path into the scope, e.g. `tasks.fix.output.files[0]`. */
export interface Reference {
  /** The name it begins with; known where it is one of scopeRoots. */
  root: string;
  /** What follows the root: property names and list indices. */
  segments: readonly (string | number)[];
  /** As it was written. */
  text: string;
  /** Characters before it in the text it stands in. */
  offset: number;
}

const taskParts = ['output', 'status', 'error'];

/** What is wrong with the form of a reference, whatever the plan; undefined when nothing is. */
export function faultOfReference({ root, segments, text }: Reference): string | undefined {
  const [first, second] = segments;
  switch (root) {
    case 'tasks':
      if (typeof first !== 'string') return `"${text}" names no task: write tasks.<name>.output`;
      if (second === undefined) return `"${text}" names a task but no part of it: add .output, .status or .error`;
      if (typeof second !== 'string' || !taskParts.includes(second)) {
        return `"${text}": a task has output, status and error, not ${JSON.stringify(second)}${didYouMean(String(second), taskParts)}`;
      }
      if (second !== 'output' && segments.length > 2) return `"${text}": ${second} is a text, nothing follows it`;
      return undefined;
    case 'session':
      return segments.length === 1 && first === 'id'
        ? undefined
        : `"${text}": of the session, only session.id is known`;
    case 'index':
    case 'workspace':
      return segments.length === 0 ? undefined : `"${text}": nothing follows ${root}`;
    case 'inputs':
      return typeof first === 'number' ? `"${text}": inputs are named, not numbered` : undefined;
    case 'item':
    case 'output':
      return undefined;
    default:
      return `"${text}": "${root}" is not known here${didYouMean(root, scopeRoots)}; known are ${scopeRoots.join(', ')}`;
  }
}
