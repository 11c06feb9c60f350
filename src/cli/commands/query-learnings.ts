import { agentKey } from '../../domain/agents/agent-ref';
import type { Advice, AdvisedLearnings } from '../../domain/learning/advice';
import type { AgentLearning, CostRange, DurationRange, Learnings } from '../../domain/learning/learnings';
import type { Complexity } from '../../domain/plan/plan';
import { aboutDuration, count, usd } from '../../domain/routing/plain-words';
import { agentName } from '../agents/agent-words';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { safeLine } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import { formatTable } from '../terminal/table';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

export interface QueryOptions {
  capability?: string;
  type?: string;
  complexity?: Complexity;
  technology?: string[];
  output: OutputFormat;
}

export function queryLearnings(
  host: CommandLineHost,
  folder: DataFolder,
  name: string | undefined,
  { capability, type, complexity, technology = [], output }: QueryOptions,
): Promise<number> {
  return withInstallation(host, folder, async ({ agents, client, workspace }) => {
    // A name that nobody has is an error, not an agent of which nothing is known.
    const agent = name === undefined ? undefined : await agents.find(workspace, agentKey(name, workspace));
    const learnings = await client.learning.query({
      ...(agent && { agent: { workspace: agent.workspace, name: agent.name } }),
      ...(capability !== undefined && { capability }),
      ...(type !== undefined && { taskType: type }),
      ...(complexity !== undefined && { complexity }),
      technologies: technology,
    });
    if (output === 'json') await printJson(host, learnings);
    else await host.stdout.write(`${linesOf(host, learnings, workspace).join('\n')}\n`);
    return exitCodes.succeeded;
  });
}

function linesOf(host: CommandLineHost, learnings: AdvisedLearnings, workspace: string): string[] {
  const { recommended, agents, outcomes, duration, cost, confidence } = learnings;
  const style = createStyle(host.stdout.hasColours);
  const advice = adviceLines(learnings, style.dim);
  if (!recommended)
    return ['Nothing is known of that yet: no outcome of an agent of the registry was learnt.', ...advice];
  const [head = '', ...lines] = formatTable([
    ['AGENT', 'SUCCEEDS', 'QUALITY', 'OUTCOMES', 'TAKES', 'AT MOST', 'COSTS', 'AT MOST', 'LATELY'],
    ...agents.map((agent) => [agentName(agent.agent, workspace), ...figuresOf(agent)]),
  ]);
  return [
    style.bold(scopeWords(learnings)),
    `  ${count(outcomes, 'outcome')} of ${count(agents.length, 'agent')}; confidence ${Math.round(confidence * 100)} of 100`,
    `  takes ${duration ? durationWords(duration) : 'an unknown time: fewer than 3 successes'}`,
    ...(cost ? [`  costs ${costWords(cost)}`] : []),
    ...(agents.length > 1 ? [`  best so far: ${agentName(recommended.agent, workspace)}`] : []),
    '',
    style.dim(head),
    ...lines,
    ...advice,
  ];
}

const adviceWords: readonly (readonly [keyof Advice, string])[] = [
  ['approach', 'do'],
  ['pitfalls', 'beware'],
  ['tips', 'tip'],
  ['collaboration', 'together'],
];

/** Of each kind; all that is advised is in the JSON. */
const mostShown = 3;

function adviceLines(advice: Advice, dim: (text: string) => string): string[] {
  const lines = adviceWords.flatMap(([part, word]) =>
    advice[part]
      .slice(0, mostShown)
      .map(({ says, confidence }) => `${word}: ${safeLine(says)} ${dim(`(confidence ${confidence})`)}`),
  );
  return lines.length === 0 ? [] : ['', ...lines];
}

function scopeWords({ scope: { capability, taskType, complexity } }: Learnings): string {
  const parts = [
    ...(complexity ? [`of ${complexity} complexity`] : []),
    ...(taskType === null ? [] : [`of type ${taskType}`]),
    ...(capability === null ? [] : [`that ask for ${capability}`]),
  ];
  return parts.length === 0 ? 'All tasks' : `Tasks ${parts.join(' ')}`;
}

function figuresOf({ successRate, quality, outcomes, duration, cost, trend }: AgentLearning): string[] {
  return [
    `${Math.round(successRate * 100)}%`,
    quality === null ? '-' : quality.toFixed(2),
    String(outcomes),
    duration ? `about ${aboutDuration(duration.p50Ms)}` : '-',
    duration ? aboutDuration(duration.p90Ms) : '-',
    cost ? `about ${usd(cost.p50Usd)}` : '-',
    cost ? usd(cost.p90Usd) : '-',
    trend,
  ];
}

function costWords({ meanUsd, p50Usd, p90Usd }: CostRange): string {
  return `about ${usd(p50Usd)}, nine of ten at most ${usd(p90Usd)}, ${usd(meanUsd)} on average`;
}

function durationWords({ minMs, p50Ms, p90Ms, maxMs }: DurationRange): string {
  return `about ${aboutDuration(p50Ms)}, nine of ten at most ${aboutDuration(p90Ms)} (so far ${aboutDuration(minMs)} to ${aboutDuration(maxMs)})`;
}
