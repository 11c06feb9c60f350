import type { AgentOverview, AgentPresence } from '../../contracts/ports/agent-registry';
import type { PastStep } from '../../contracts/ports/learnings-reader';
import type { AgentRelationships, Handover } from '../../contracts/ports/agent-relationships';
import type { NotedAgentEvent } from '../../contracts/ports/agent-breakers';
import { writeAgent } from '../../contracts/schemas/write-plan-file';
import { agentType } from '../../domain/agents/agent-type';
import { agentKey } from '../../domain/agents/agent-ref';
import { agentStatus } from '../../domain/agents/status';
import type { Unusual } from '../../domain/health/behaviour/behaviour';
import { breakerWords } from '../../domain/health/breaker-state';
import { agentName, agentReport, colourOfAgent, recordWords } from '../agents/agent-words';
import type { ExpectedTask } from '../../domain/prediction/expected-tasks';
import { predictionWords } from '../report/prediction-words';
import { proficiencyReport, proficiencyWords } from '../agents/proficiency-words';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost, DataFolder } from '../ports';
import { formatDate } from '../terminal/format-time';
import { safeLine, safeText } from '../terminal/safe-text';
import { createStyle } from '../terminal/style';
import type { Style } from '../terminal/style';
import type { OutputFormat } from './command';
import { printJson } from './print-json';
import { withInstallation } from './with-session';

/** The latest. */
const eventsShown = 10;

export function showAgent(
  host: CommandLineHost,
  folder: DataFolder,
  name: string,
  output: OutputFormat,
): Promise<number> {
  return withInstallation(host, folder, async ({ agents, client, relationships, breakers, behaviours, workspace }) => {
    const agent = await agents.find(workspace, agentKey(name, workspace));
    const key = { workspace: agent.workspace, name: agent.name };
    const [related, steps, events, unusual, expected] = await Promise.all([
      relationships.of(workspace, key),
      client.learning.steps(key),
      breakers.events(key, eventsShown),
      behaviours.unusual(key),
      client.learning.expected(key),
    ]);
    if (output === 'json') {
      await printJson(host, {
        ...agentReport(agent),
        relationships: {
          tookOverFrom: related.tookOverFrom.map(handoverReport),
          handedOverTo: related.handedOverTo.map(handoverReport),
        },
        unusual: unusual.map(({ since, why }) => ({ since: new Date(since).toISOString(), why })),
        expected,
        proficiencySteps: proficiencyReport(steps),
        events: events.map(({ at, ...event }) => ({ at: new Date(at).toISOString(), ...event })),
      });
    } else {
      const lines = agentLines(
        { agent, related, steps, events, unusual, expected },
        workspace,
        createStyle(host.stdout.hasColours),
      );
      await host.stdout.write(`${lines.join('\n')}\n`);
    }
    return exitCodes.succeeded;
  });
}

interface ShownAgent {
  agent: AgentOverview;
  related: AgentRelationships;
  steps: readonly PastStep[];
  events: readonly NotedAgentEvent[];
  unusual: readonly Pick<Unusual, 'since' | 'why'>[];
  expected: readonly ExpectedTask[];
}

function agentLines(shown: ShownAgent, workspace: string, style: Style): string[] {
  const { agent, related, steps, events, unusual, expected } = shown;
  const status = agentStatus(agent);
  const row = (label: string, value: string): string[] => (value === '' ? [] : [`  ${label.padEnd(13)}${value}`]);
  const settings = Object.entries(writeAgent(agent.connector));
  return [
    `${style.bold(agentName(agent, workspace))}  ${colourOfAgent(status, style)(status)}`,
    ...row('Description', safeLine(agent.description ?? '')),
    ...row('Type', agentType(agent)),
    ...row('Running', `${agent.running} of ${agent.maxConcurrent}`),
    ...row('Rate limit', agent.rateLimit ?? ''),
    ...row('In error', agent.breaker ? safeLine(breakerWords(agent.breaker)) : ''),
    ...unusual.flatMap(({ since, why }) => row('Unusual', safeLine(`it ${why} (since ${formatDate(since)})`))),
    ...row('Last seen', agent.presence ? lastSeenWords(agent.presence) : ''),
    ...row('Succeeded', recordWords(agent.record)),
    ...expected.map((one) => row('Expected', expectedWords(one))[0] ?? ''),
    ...row('Went on from', handoverWords(related.tookOverFrom, workspace)),
    ...row('Handed to', handoverWords(related.handedOverTo, workspace)),
    ...row('Capabilities', agent.capabilities.map(capabilityWords).join(', ')),
    ...row('Learnt', proficiencyWords(steps)),
    ...row('Remembers', recallWords(agent)),
    ...row('Tags', agent.tags.join(', ')),
    ...row('Cost', costWords(agent)),
    ...row('Shared', agent.shared ? 'with other workspaces' : ''),
    ...row('Revision', `${agent.revision}, of ${formatDate(agent.updatedAt)}`),
    ...(events.length === 0 ? [] : ['', ...events.map((event) => `  ${eventWords(event)}`)]),
    '',
    ...settings.map(
      ([key, value]) => `  ${key}: ${safeLine(typeof value === 'string' ? value : JSON.stringify(value))}`,
    ),
    ...(agent.instructions === undefined ? [] : ['', safeText(agent.instructions).trimEnd()]),
  ];
}

/** Of a type of task. */
function expectedWords({ capability, taskType, ...expected }: ExpectedTask): string {
  const asked = capability === '' ? '' : ` (${capability})`;
  return safeLine(`${taskType}${asked}: ${predictionWords(expected).join('; ')}`);
}

function recallWords({ remember = 0 }: AgentOverview): string {
  return remember === 0 ? '' : `up to ${remember} memories with a prompt`;
}

function eventWords({ at, kind, why }: NotedAgentEvent): string {
  return `${formatDate(at)}  ${kind}${why === null ? '' : safeLine(`: ${why}`)}`;
}

/** For programs: times as ISO texts. */
function handoverReport({ lastAt, ...handover }: Handover): object {
  return { ...handover, lastAt: new Date(lastAt).toISOString() };
}

/** How the attempts came out that went on with a result. */
function handoverWords(handovers: readonly Handover[], workspace: string): string {
  return handovers
    .map((one) => {
      const strength = `${Math.round(one.strength * 100)}%`;
      return `${agentName(one.agent, workspace)} ${recordWords(one)} (${strength}, last ${formatDate(one.lastAt)})`;
    })
    .join(', ');
}

function lastSeenWords({ lastSeenAt }: AgentPresence): string {
  return lastSeenAt === null ? 'never' : formatDate(lastSeenAt);
}

function capabilityWords({ name, proficiency, technologies }: AgentOverview['capabilities'][number]): string {
  const knows = technologies.length === 0 ? '' : ` (${technologies.join(', ')})`;
  return `${name}${proficiency === 1 ? '' : ` ${proficiency}`}${knows}`;
}

function costWords({ cost: { perAttemptUsd, perHourUsd } }: AgentOverview): string {
  const parts = [
    perAttemptUsd !== undefined && `$${perAttemptUsd} an attempt`,
    perHourUsd !== undefined && `$${perHourUsd} an hour`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
