// Writes the audit down as Markdown, reads it back, and says how many findings have really arrived in the file.
import { readFile } from 'node:fs/promises';
import { runAgent } from './shared/agent.mjs';
import { writeReport } from './shared/report-file.mjs';
import { reportMarkdown, summarize } from './shared/report-markdown.mjs';

runAgent(async ({ report, merged, inventory, hotspots, history, tests }) => {
  const date = new Date().toISOString().slice(0, 10);
  const path = await writeReport(
    report,
    inventory.name,
    reportMarkdown({ merged, inventory, hotspots, history, tests, date }),
  );
  const markdown = await readFile(path, 'utf8');
  const findings = markdown.split('\n').filter((line) => line.startsWith('- **')).length;
  return { path, summary: summarize(merged), findings, markdown };
});
