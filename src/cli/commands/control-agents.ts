import type { Command } from 'commander';
import { Argument } from 'commander';
import { recoveryActions } from '../../domain/health/recovery';
import type { RecoveryAction } from '../../domain/health/recovery';
import type { CommandContext } from './command';
import { outputOption, withExamples } from './command';
import { drainAgent, quarantineAgent, removeAgent, resetAgent, undrainAgent } from './control-agent';
import type { ByOption } from './control-agent';
import { listRecoveries, recoverAgent } from './recover-agent';
import type { RecoverOptions } from './recover-agent';

const agent = ['<name>', 'name of the agent, as `agents list` shows it'] as const;
const by = ['--by <name>', 'who does it, for its events', 'command line'] as const;

/** Commands that take agents out of work, and back. */
export function addControllingCommands(agents: Command, { host, openDataFolder, action }: CommandContext): void {
  withExamples(
    agents
      .command('drain')
      .description('give an agent no new work; what it does, it may finish')
      .argument(...agent)
      .option(...by)
      .action(action((name: string, options: ByOption) => drainAgent(host, openDataFolder(), name, options))),
    ['orchestra agents drain writer'],
  );
  withExamples(
    agents
      .command('undrain')
      .description('give an agent work again')
      .argument(...agent)
      .option(...by)
      .action(action((name: string, options: ByOption) => undrainAgent(host, openDataFolder(), name, options))),
    ['orchestra agents undrain writer'],
  );
  withExamples(
    agents
      .command('quarantine')
      .description('give an agent no work because something is wrong with it, until it is reset')
      .argument(...agent)
      .requiredOption('--reason <text>', 'what is wrong, for those who look at it later')
      .option(...by)
      .action(
        action((name: string, options: ByOption & { reason: string }) =>
          quarantineAgent(host, openDataFolder(), name, options),
        ),
      ),
    ["orchestra agents quarantine writer --reason 'it leaves half of the files'"],
  );
  withExamples(
    agents
      .command('reset')
      .description('give an agent work again that is in error or in quarantine: closes its circuit breaker')
      .argument(...agent)
      .option(...by)
      .action(action((name: string, options: ByOption) => resetAgent(host, openDataFolder(), name, options))),
    ['orchestra agents reset writer'],
  );
  withExamples(
    agents
      .command('recover')
      .description('do something about an agent that is not well, or list what can be done')
      .argument(...agent)
      .addArgument(
        new Argument('[action]', 'what to do; without it, what can be done is listed').choices(recoveryActions),
      )
      .option('--reason <text>', 'why, for those who look at it later')
      .option(...by)
      .addOption(outputOption())
      .action(
        action((name: string, what: RecoveryAction | undefined, options: RecoverOptions) =>
          what === undefined
            ? listRecoveries(host, openDataFolder(), name, options)
            : recoverAgent(host, openDataFolder(), name, what, options),
        ),
      ),
    [
      'orchestra agents recover writer',
      'orchestra agents recover writer probe',
      'orchestra agents recover api restart --reason "it hangs"',
      'orchestra agents recover api alert --reason "it answers nonsense"',
    ],
  );
  withExamples(
    agents
      .command('remove')
      .description('remove an agent that is idle, with its secrets and its record')
      .argument(...agent)
      .action(action((name: string) => removeAgent(host, openDataFolder(), name))),
    ['orchestra agents drain writer', 'orchestra agents remove writer'],
  );
}
