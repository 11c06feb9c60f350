import { readPlan } from '../../../src/contracts/schemas/read-plan';
import { planJsonSchema } from '../../../src/contracts/schemas/plan-json-schema';
import { readPage } from './markdown';

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** Names of all properties that can be written, at any depth. */
function keysOf(schema: Schema, found = new Set<string>()): Set<string> {
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    found.add(key);
    keysOf(property, found);
  }
  const inner = [
    schema.items,
    schema.additionalProperties,
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.allOf ?? []),
  ];
  for (const part of inner) if (typeof part === 'object') keysOf(part, found);
  return found;
}

const page = readPage('docs/plan-file.md');

test('the page names every key of the plan file in code', () => {
  const code = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$|`([^`\n]+)`/gm)]
    .map(([, block, span]) => block ?? span)
    .join('\n');
  const keys = [...keysOf(planJsonSchema())];
  expect(keys).toEqual(expect.arrayContaining(['concurrency', 'forEach', 'jitter', 'p90', 'capability']));
  expect(keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(code))).toEqual([]);
});

test.each([
  ['docs/plan-file.md', page],
  ['README.md', readPage('README.md')],
])('the plans that %s shows can be run', async (name, text) => {
  const plans = [...text.matchAll(/^```yaml\n(version: 1\n[\s\S]*?)^```$/gm)].map(([, plan = '']) => plan);
  expect(plans).toHaveLength(1);
  for (const plan of plans) {
    const reading = await readPlan({ file: name, text: plan }, () => Promise.reject(new Error('no other file')));
    expect(reading.issues).toEqual([]);
  }
});
