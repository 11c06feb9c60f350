import type { Assignment } from '../../../src/domain/routing/assignment';
import { assign } from '../../../src/domain/routing/assign';
import type { AgentProfile } from '../../../src/domain/routing/agent-profile';
import { Roster } from '../../../src/domain/routing/roster';
import { hasPlace } from '../../../src/domain/routing/score';
import { defaultSettings } from '../../../src/domain/routing/settings';
import { readPage } from '../docs/markdown';
import { agent, needs } from './agent-profiles';

const page = readPage('docs/routing.md');
/** Without line breaks and quotation marks. */
const text = page.replace(/\n> /g, ' ').replace(/\s+/g, ' ');
const [, written = ''] = /^```json\n([\s\S]*?)^```$/m.exec(page) ?? [];

const roster = new Roster(
  (JSON.parse(written) as AgentProfile[]).map((profile) => agent(profile.name, { ...profile, workspace: 'w' })),
);
const [assignment] = assign(roster, [{ workspace: 'w', requirement: needs() }]) as [Assignment];

test('the example comes out as the page says', () => {
  expect(text).toContain(assignment.reasoning);
  expect(text).toContain(`confidence ${assignment.confidence.toFixed(2)}.`);
  const { p50, p90 } = assignment.estimatedMs ?? { p50: 0, p90: 0 };
  expect(text).toContain(`within ${(p50 / 1_000).toFixed(0)} s, nine of ten within ${(p90 / 1_000).toFixed(0)} s`);
  expect(text).toContain(`one costs about $${assignment.expectedCostUsd?.toFixed(4)}.`);
});

test('the example shows each agent with its parts and its score', () => {
  for (const { agent: key, parts, score } of [assignment, ...assignment.runnersUp]) {
    const [, cells = ''] = new RegExp(`^\\| ${key.name} +\\|(.*)\\|$`, 'm').exec(page) ?? [];
    const [specialisation, successRate, load, sum] = cells.split('|').map((cell) => cell.trim());
    expect(specialisation).toBe(parts.specialisation.toFixed(2));
    expect(successRate).toMatch(new RegExp(` ${parts.successRate.toFixed(2)}$`));
    expect(load).toBe(parts.load.toFixed(2));
    expect(sum).toMatch(new RegExp(` = ${score.toFixed(3)}$`));
  }
});

test('the page states the defaults', () => {
  const { weights, prior, maxLoad } = defaultSettings;
  for (const [part, weight] of [
    ['specialisation', weights.specialisation],
    ['successRate', weights.successRate],
    ['load', weights.availability],
  ]) {
    expect(page).toMatch(new RegExp(`^\\| \`${part}\` +\\| ${weight} +\\|`, 'm'));
  }
  expect(text).toContain(`prior mean ${prior.mean}, weight ${prior.weight}`);
  expect(text).toContain(`below \`maxLoad\` (${maxLoad})`);
});

test('the page states how many places are given', () => {
  const rows = [...page.matchAll(/^\| (\d+) +\| (\d+) +\|$/gm)].map(([, places, given]) => [
    Number(places),
    Number(given),
  ]);
  expect(rows).toHaveLength(5);
  for (const [places = 0, given] of rows) {
    const running = Array.from({ length: places }, (_, at) => at);
    expect(running.filter((attempts) => hasPlace(attempts, places, defaultSettings.maxLoad))).toHaveLength(given ?? -1);
  }
});
