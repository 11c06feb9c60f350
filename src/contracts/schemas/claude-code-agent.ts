import { didYouMean } from '../../domain/did-you-mean';
import type { Json, JsonObject } from '../../domain/json';
import type { PlanIssue } from '../../domain/plan/issue';
import { maxInstructionBytes } from './agent-definition';

/** Keys of ours that such a file may have besides its own. */
const sharedKeys = [
  'name',
  'description',
  'type',
  'remember',
  'capabilities',
  'technologies',
  'tags',
  'maxConcurrent',
  'rateLimit',
  'cost',
  'models',
  'shared',
  'probe',
  'cwd',
  'env',
];
const ownKeys = ['tools', 'disallowedTools', 'model'];

/** A subagent of Claude Code as an agent of ours, as it would be written. */
export interface ClaudeCodeAgent {
  written: JsonObject;
  issues: PlanIssue[];
  /** Keys that mean nothing here. */
  notes: PlanIssue[];
}

/**
 * Runs Claude Code's command line for each attempt: the body becomes a part of its system prompt, the prompt of the task comes on stdin, and what it
 * prints as JSON is the output.
 */
export function claudeCodeAgent(frontMatter: JsonObject, body: string): ClaudeCodeAgent {
  const issues: PlanIssue[] = [];
  const known = [...sharedKeys, ...ownKeys, 'connector'];
  const notes = Object.keys(frontMatter)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: [key], message: `is ignored${didYouMean(key, known)}`, atKey: true as const }));
  const toolsIn = (key: string): string[] => {
    const tools = toolNames(frontMatter[key]);
    if (!tools) issues.push({ path: [key], message: 'must be names of tools, separated by commas or as a list' });
    return tools ?? [];
  };
  const [allowed, disallowed] = [toolsIn('tools'), toolsIn('disallowedTools')];
  const hasModels = frontMatter['models'] !== undefined;
  if (hasModels && frontMatter['model'] !== undefined) {
    issues.push({ path: ['model'], message: 'says one model, and "models" several: leave one of them out' });
  }
  const model = frontMatter['model'] ?? 'inherit';
  if (typeof model !== 'string') issues.push({ path: ['model'], message: 'must be the name of a model' });
  if (Buffer.byteLength(body) > maxInstructionBytes) {
    issues.push({
      path: [],
      message: `the text below the front matter must have at most ${maxInstructionBytes} bytes`,
    });
  }
  const command = [
    'claude',
    '-p',
    '--output-format',
    'json',
    ...(body === '' ? [] : ['--append-system-prompt', asPlainText(body)]),
    ...(hasModels ? ['--model', '${{ model }}'] : []),
    ...(!hasModels && typeof model === 'string' && model !== 'inherit' ? ['--model', asPlainText(model)] : []),
    ...(allowed.length === 0 ? [] : ['--allowedTools', asPlainText(allowed.join(','))]),
    ...(disallowed.length === 0 ? [] : ['--disallowedTools', asPlainText(disallowed.join(','))]),
  ];
  const shared = Object.entries(frontMatter).filter(([key]) => sharedKeys.includes(key));
  const settings = { connector: 'command', command, stdin: 'text', output: 'json' };
  const written = { type: 'claude-code', ...Object.fromEntries(shared), ...settings };
  return { written, issues, notes };
}

/** Undefined where it is no list of names. A comma inside of parentheses belongs to the name: `Bash(git add:*, git commit:*)`. */
function toolNames(value: Json | undefined): string[] | undefined {
  if (value === undefined || value === null) return [];
  const names = typeof value === 'string' ? (value.match(/(?:\([^)]*\)|[^,])+/g) ?? []) : value;
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return undefined;
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** Arguments are templates, and these texts are none. */
function asPlainText(text: string): string {
  return text.split('${{').join('$${{');
}
