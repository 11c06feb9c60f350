import fc from 'fast-check';
import { agentDefinitionSchema } from '../../../src/contracts/schemas/agent-definition';
import { readAgent } from '../../../src/contracts/schemas/read-agent';
import { probeOf } from '../../../src/domain/agents/agent-programs';
import { nextTimeAt, recoveryOptions, timesAnHour } from '../../../src/domain/health/recovery';

const minuteMs = 60_000;

describe('restarts of an agent, and alerts about it,', () => {
  it('pause a minute after the first of an hour, two after the second, and end with the third', () => {
    expect(nextTimeAt([], 0)).toBe(0);
    expect(nextTimeAt([0], 10)).toBe(minuteMs);
    expect(nextTimeAt([0, minuteMs], minuteMs)).toBe(3 * minuteMs);
    expect(nextTimeAt([0, minuteMs, 3 * minuteMs], 4 * minuteMs)).toBe(60 * minuteMs);
  });

  it('are never more in an hour than allowed, whenever somebody asks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 * minuteMs }), { maxLength: 100 }), (pauses) => {
        const done: number[] = [];
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          if (nextTimeAt(done, now) <= now) done.push(now);
        }
        for (const at of done) {
          const inHour = done.filter((other) => other > at - 60 * minuteMs && other <= at);
          expect(inHour.length).toBeLessThanOrEqual(timesAnHour);
        }
      }),
    );
  });
});

describe('a program that is an agent', () => {
  const command = { name: 'a', connector: 'command' as const, command: ['tool', 'work'] };

  it('is looked at as its definition says, and else as its vendor lets it', () => {
    const probed = agentDefinitionSchema.parse({ ...command, probe: { command: ['tool', 'check'], exitCode: 3 } });
    expect(probeOf(probed)).toEqual({ command: ['tool', 'check'], timeoutMs: 10_000, exitCode: 3 });
    expect(probeOf(agentDefinitionSchema.parse({ ...command, type: 'codex' }))?.command).toEqual(['tool', '--version']);
    const subagent = readAgent(
      'reviewer.md',
      '---\nname: reviewer\ndescription: Reviews.\n---\n\nReview.\n',
    ).definition;
    expect(subagent && probeOf(subagent)?.command).toEqual(['claude', '--version']);
    expect(probeOf(agentDefinitionSchema.parse(command))).toBeUndefined();
  });

  it('has nothing to restart, and a service no program to look at', () => {
    const faults = (written: object): string[] =>
      (agentDefinitionSchema.safeParse(written).error?.issues ?? []).map(({ path }) => path.join('.'));
    expect(faults({ ...command, restart: { command: ['x'] } })).toEqual(['restart']);
    expect(faults({ name: 'a', connector: 'http', url: 'https://x', probe: { command: ['x'] } })).toEqual(['probe']);
  });
});

it('agents that come for their work are neither looked at nor restarted', () => {
  const remote = agentDefinitionSchema.parse({ name: 'a', connector: 'remote' });
  expect(recoveryOptions(remote).map(({ isPossible }) => isPossible)).toEqual([false, false, true, true, true]);
});
