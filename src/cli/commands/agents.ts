import type { Command } from 'commander';
import { addAgentOptions } from '../agents/agent-options';
import { addAgentSecretsCommands } from './agent-secrets';
import { addAgentTokensCommands } from './agent-tokens';
import { addAgents, updateAgents } from './change-agents';
import type { ChangeOptions } from './change-agents';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { addControllingCommands } from './control-agents';
import { listAgentEvents } from './agent-events';
import { listAgents } from './list-agents';
import type { AgentListOptions } from './list-agents';
import { listInsights } from './list-insights';
import type { InsightOptions } from './list-insights';
import { parseCount } from './parse-count';
import { showAgent } from './show-agent';

/** Commands about the agents of the workspace; they need servers that run. */
export function addAgentsCommands(program: Command, context: CommandContext): void {
  const agents = program.command('agents').description('register agents, find them, and take them out of work');
  addLookingCommands(agents, context);
  addDefiningCommands(agents, context);
  addControllingCommands(agents, context);
  addAgentSecretsCommands(agents, context);
  addAgentTokensCommands(agents, context);
}

function addLookingCommands(agents: Command, { host, openDataFolder, action }: CommandContext): void {
  withExamples(
    agents
      .command('list')
      .description('list agents, own ones and those that other workspaces share')
      .argument(
        '[words...]',
        'only those with all these words in name, description, capabilities, technologies or tags',
      )
      .option('--capability <name>', 'only with this capability')
      .option('--technology <name>', 'only with this technology')
      .option('--tag <name>', 'only with this tag')
      .option('--type <name>', 'only of this type, e.g. claude-code')
      .option('-n, --limit <count>', 'how many at most', parseCount, 50)
      .option('--after <agent>', 'go on behind this one')
      .addOption(outputOption())
      .action(
        action((words: string[], options: AgentListOptions) => listAgents(host, openDataFolder(), words, options)),
      ),
    [
      'orchestra agents list',
      'orchestra agents list review --technology typescript',
      'orchestra agents list --type claude-code',
    ],
  );
  withExamples(
    agents
      .command('show')
      .description('show an agent: what it can do, how it is reached, what it does now and has done')
      .argument('<name>', 'its name; workspace/name for one that another workspace shares')
      .addOption(outputOption())
      .action(
        action((name: string, { output }: { output: OutputFormat }) => showAgent(host, openDataFolder(), name, output)),
      ),
    ['orchestra agents show writer', 'orchestra agents show writer -o json'],
  );
  withExamples(
    agents
      .command('events')
      .description('tell what became of an agent: when, why, and who or what did it')
      .argument('<name>', 'its name; workspace/name for one that another workspace shares')
      .option('-n, --limit <count>', 'how many at most', parseCount, 50)
      .addOption(outputOption())
      .action(
        action((name: string, options: { limit: number; output: OutputFormat }) =>
          listAgentEvents(host, openDataFolder(), name, options),
        ),
      ),
    ['orchestra agents events writer', 'orchestra agents events writer -n 5 -o json'],
  );
  withExamples(
    agents
      .command('insights')
      .description('tell what outcomes show of an agent, as `learn insights` does')
      .argument('<name>', 'its name; workspace/name for one that another workspace shares')
      .option('--all', 'also those that are not sure enough, and those that hold no more', false)
      .addOption(outputOption())
      .action(
        action((agent: string, options: InsightOptions) => listInsights(host, openDataFolder(), { ...options, agent })),
      ),
    ['orchestra agents insights writer'],
  );
}

function addDefiningCommands(agents: Command, { host, openDataFolder, action }: CommandContext): void {
  withExamples(
    addAgentOptions(
      agents
        .command('add')
        .description('add agents: of files and folders, all or none; or one by options, or by its A2A card')
        .argument(
          '[source...]',
          'agent files (.md, .yaml, .json) and folders of them; with options, the name of the agent',
        )
        .addOption(outputOption()),
    ).action(
      action((sources: string[], options: ChangeOptions) => addAgents(host, openDataFolder(), sources, options)),
    ),
    [
      'orchestra agents add agents/',
      'orchestra agents add --card https://agents.example --name reviewer',
      "orchestra agents add writer --connector command --command 'node write.mjs' --capability code.write=0.8",
    ],
  );
  withExamples(
    addAgentOptions(
      agents
        .command('update')
        .description(
          'replace agents by those of files, all or none; or change what options or its A2A card name about one',
        )
        .argument('[source...]', 'agent files and folders; with options, the name of the agent')
        .addOption(outputOption()),
    ).action(
      action((sources: string[], options: ChangeOptions) => updateAgents(host, openDataFolder(), sources, options)),
    ),
    [
      'orchestra agents update agents/writer.yaml',
      'orchestra agents update writer --max-concurrent 3',
      'orchestra agents update --card https://agents.example --name reviewer',
    ],
  );
}
