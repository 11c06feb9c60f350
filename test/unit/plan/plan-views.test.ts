import { planJsonSchema } from '../../../src/contracts/schemas/plan-json-schema';
import { toMermaid } from '../../../src/domain/plan/mermaid';
import { outlineOf } from '../../../src/domain/plan/outline';
import { planOf } from './read-plan-text';

const text = `
version: 1
name: p
concurrency: 4
timeout: 1h
agents:
  slow: { connector: simulated, capabilities: [code], maxConcurrent: 1 }
  fast: { connector: simulated, capabilities: [code] }
  best: { connector: simulated, capabilities: [code, review] }
tasks:
  end: { agent: best, needs: [each, sub], onFailure: { fallback: slow } }
  each: { agent: { capability: code, prefer: [fast], avoid: [best] }, forEach: [1, 2], maxParallel: 2, needs: [start], if: "tasks.start.output != null" }
  sub: { needs: [start], plan: { version: 1, name: inner, tasks: { x: { run: [ls] } } } }
  start: { run: [echo, "<b>"], onFailure: continue, gate: { check: 'output == ["a"]' } }
`;

describe('the outline of a plan', () => {
  it('has the tasks in topological order, with candidates best first and equal policies shared', async () => {
    const outline = outlineOf(await planOf(text));
    expect(outline.agents).toEqual([
      { name: 'best' },
      { name: 'fast' },
      { name: 'run:start' },
      { name: 'slow', maxConcurrent: 1 },
    ]);
    expect(outline.tasks).toEqual([
      { name: 'start', needs: [], policy: 0, agents: [2] },
      { name: 'each', needs: [0], policy: 1, agents: [1, 3, 0], conditional: true, forEach: true },
      { name: 'sub', needs: [0], policy: 2, agents: [], subPlan: true },
      { name: 'end', needs: [1, 2], policy: 3, agents: [0], fallback: 3 },
    ]);
    expect(outline.policies.map(({ onFailure, maxParallel }) => [onFailure, maxParallel])).toEqual([
      ['continue', undefined],
      ['fail', 2],
      ['fail', undefined],
      ['fail', undefined],
    ]);
    expect([outline.concurrency, outline.timeoutMs]).toEqual([4, 3_600_000]);
  });

  it('shares one policy among all tasks that say nothing', async () => {
    const tasks = Array.from({ length: 50 }, (_, index) => `  t${index}: { run: [ls] }`).join('\n');
    expect(outlineOf(await planOf(`version: 1\nname: p\ntasks:\n${tasks}`)).policies).toHaveLength(1);
  });
});

describe('the diagram of a plan', () => {
  it('shows agents, conditions, fan-outs, gates, sub-plans and fallbacks, and lets no markup through', async () => {
    expect(toMermaid(await planOf(text))).toBe(`flowchart TD
  t0["end<br/>best"]
  t0_fallback(["slow"]):::agent
  t0 -. "fallback" .-> t0_fallback
  t1[["each<br/>if tasks.start.output #33;= null<br/>for each of 2 items<br/>any agent with code"]]
  class t1 conditional
  subgraph t2["sub<br/>plan inner"]
    t2_0["x<br/>run"]
  end
  t3["start<br/>gate output == #91;#34;a#34;#93;<br/>run"]
  t1 --> t0
  t2 --> t0
  t3 -- "even if it fails" --> t1
  t3 -- "even if it fails" --> t2
  classDef conditional stroke-dasharray: 5 5
  classDef agent fill:none,stroke-dasharray: 2 2
`);
  });
});

describe('the JSON Schema of the plan file', () => {
  interface Schema {
    properties?: Record<string, Schema>;
    additionalProperties?: boolean | Schema;
    required?: string[];
    description?: string;
    anyOf?: Schema[];
    oneOf?: Schema[];
    $ref?: string;
    const?: unknown;
  }
  const schema = planJsonSchema() as Schema;

  it('describes what is written, not what it becomes', () => {
    expect(schema.required).toEqual(['version', 'name', 'tasks']);
    expect(schema.properties?.['version']?.const).toBe(1);
    expect(schema.additionalProperties).toBe(false);
    const task = schema.properties?.['tasks']?.additionalProperties as Schema;
    expect(Object.keys(task.properties ?? {})).toContain('if');
    expect(task.properties?.['plan']?.anyOf?.[1]).toMatchObject({ $ref: '#' });
    const agent = schema.properties?.['agents']?.additionalProperties as Schema;
    expect((agent.oneOf ?? agent.anyOf)?.map(({ properties }) => properties?.['connector']?.const)).toEqual([
      'command',
      'http',
      'a2a',
      'function',
      'simulated',
    ]);
  });

  it('explains every key of a plan and of a task', () => {
    const task = schema.properties?.['tasks']?.additionalProperties as Schema;
    const keys = { ...schema.properties, ...task.properties };
    expect(Object.entries(keys).filter(([, { description }]) => !description)).toEqual([]);
  });
});
