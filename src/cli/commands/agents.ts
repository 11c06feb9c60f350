import type { Command } from 'commander';
import { addAgentOptions } from '../agents/agent-options';
import { addAgentSecretsCommands } from './agent-secrets';
import { addAgentTokensCommands } from './agent-tokens';
import { addAgents, updateAgents } from './change-agents';
import type { ChangeOptions } from './change-agents';
import type { CommandContext, OutputFormat } from './command';
import { outputOption, withExamples } from './command';
import { drainAgent, quarantineAgent, removeAgent, resetAgent, undrainAgent } from './control-agent';
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

function addControllingCommands(agents: Command, { host, openDataFolder, action }: CommandContext): void {
  withExamples(
    agents
      .command('drain')
      .description('give an agent no new work; what it does, it may finish')
      .argument('<name>')
      .action(action((name: string) => drainAgent(host, openDataFolder(), name))),
    ['orchestra agents drain writer'],
  );
  withExamples(
    agents
      .command('undrain')
      .description('give an agent work again')
      .argument('<name>')
      .action(action((name: string) => undrainAgent(host, openDataFolder(), name))),
    ['orchestra agents undrain writer'],
  );
  withExamples(
    agents
      .command('quarantine')
      .description('give an agent no work because something is wrong with it, until it is reset')
      .argument('<name>')
      .requiredOption('--reason <text>', 'what is wrong, for those who look at it later')
      .action(
        action((name: string, { reason }: { reason: string }) => quarantineAgent(host, openDataFolder(), name, reason)),
      ),
    ["orchestra agents quarantine writer --reason 'it leaves half of the files'"],
  );
  withExamples(
    agents
      .command('reset')
      .description('give an agent work again that is in error or in quarantine: closes its circuit breaker')
      .argument('<name>')
      .action(action((name: string) => resetAgent(host, openDataFolder(), name))),
    ['orchestra agents reset writer'],
  );
  withExamples(
    agents
      .command('remove')
      .description('remove an agent that is idle, with its secrets and its record')
      .argument('<name>')
      .action(action((name: string) => removeAgent(host, openDataFolder(), name))),
    ['orchestra agents drain writer', 'orchestra agents remove writer'],
  );
}
