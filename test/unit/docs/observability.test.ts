import { addCacheMetrics, addInstallationMetrics } from '../../../src/telemetry/installation-metrics';
import { createMetrics } from '../../../src/telemetry/metrics';
import { readPage } from './markdown';

test('the page lists every metric with its type and labels, and no other', () => {
  const { registry } = createMetrics();
  addCacheMetrics(registry, { asked: 0, read: 0 });
  addInstallationMetrics(registry, { read: () => Promise.reject(new Error('nobody asks')) });
  const made = registry.getMetricsAsArray().map((metric) => {
    const { name, type, labelNames } = metric as unknown as { name: string; type: string; labelNames: string[] };
    return `${name} ${type} ${labelNames.filter((label) => label !== 'le').join(' ')}`.trim();
  });
  const rows = [...readPage('docs/observability.md').matchAll(/^\| (`orchestra_[^|]+)\| (\w+) +\|([^|]*)\|/gm)];
  const listed = rows.flatMap(([, names = '', type = '', labels = '']) => {
    // What is behind a colon are values.
    const labelNames = [...(labels.split(':')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, label]) => label);
    return [...names.matchAll(/`(\w+)`/g)].map(([, name]) => `${name} ${type} ${labelNames.join(' ')}`.trim());
  });
  expect(listed.sort()).toEqual(made.sort());
});
