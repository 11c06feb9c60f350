import { Option } from 'commander';
import type { Command } from 'commander';
import { planJsonSchema } from '../../contracts/schemas/plan-json-schema';
import { requirePlan } from '../../contracts/schemas/read-plan';
import { formatSourceIssue } from '../../contracts/schemas/source-position';
import { toMermaid } from '../../domain/plan/mermaid';
import { exitCodes } from '../exit-codes';
import type { CommandLineHost } from '../ports';
import { readPlanFile } from '../read-plan-file';
import { safeText } from '../terminal/safe-text';
import type { CommandContext, OutputFormat } from './command';
import { withExamples } from './command';
import { printJson } from './print-json';

/** Commands about plan files; none needs a server. */
export function addPlanCommands(program: Command, { host, action }: CommandContext): void {
  const validateCommand = program
    .command('validate')
    .description('check a plan file and its sub-plans; names every issue as FILE:LINE:COLUMN')
    .argument('<file>', 'the plan file')
    .addOption(new Option('-o, --output <format>', 'what to print on stdout').choices(['text', 'json']).default('text'))
    .action(action((file: string, { output }: { output: OutputFormat }) => validate(host, file, output)));
  withExamples(validateCommand, ['orchestra validate my.plan.yaml', 'orchestra validate my.plan.yaml -o json']);

  const graphCommand = program
    .command('graph')
    .description('print the graph of a plan as a Mermaid flowchart')
    .argument('<file>', 'the plan file')
    .action(action((file: string) => graph(host, file)));
  withExamples(graphCommand, ['orchestra graph my.plan.yaml > my.mmd']);

  const schemaCommand = program
    .command('schema')
    .description('print the JSON Schema of plan files, for completion in editors')
    .action(action(() => schema(host)));
  withExamples(schemaCommand, [
    'orchestra schema > plan.schema.json',
    'head -1 my.plan.yaml\n  # yaml-language-server: $schema=./plan.schema.json',
  ]);
}

async function validate(host: CommandLineHost, file: string, output: OutputFormat): Promise<number> {
  const reading = await readPlanFile(host, file);
  if (output === 'json') {
    const found = reading.plan ? { name: reading.plan.name, hash: reading.hash } : {};
    const needs = reading.plan ? reading.needs : [];
    await printJson(host, { valid: reading.plan !== undefined, file, ...found, issues: reading.issues, needs });
  } else if (reading.plan) {
    const tasks = Object.keys(reading.plan.tasks).length;
    await host.stdout.write(
      `${file}: plan "${reading.plan.name}" is valid (${tasks} ${tasks === 1 ? 'task' : 'tasks'}, version ${reading.hash.slice(0, 12)})\n`,
    );
    if (reading.needs.length > 0) {
      const lines = reading.needs.map((need) => `  ${safeText(formatSourceIssue(need))}\n`);
      await host.stdout.write(`It runs where the registry has agents for this:\n${lines.join('')}`);
    }
  } else {
    await host.stdout.write(reading.issues.map((issue) => `${safeText(formatSourceIssue(issue))}\n`).join(''));
  }
  return reading.plan ? exitCodes.succeeded : exitCodes.badInput;
}

async function graph(host: CommandLineHost, file: string): Promise<number> {
  const { plan } = requirePlan(await readPlanFile(host, file));
  await host.stdout.write(toMermaid(plan));
  return exitCodes.succeeded;
}

async function schema(host: CommandLineHost): Promise<number> {
  await printJson(host, planJsonSchema());
  return exitCodes.succeeded;
}
