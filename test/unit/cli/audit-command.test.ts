import { Command } from 'commander';
import { auditedCommand } from '../../../src/cli/audit-command';

/** A command as commander hands it to its action. */
async function audited(words: string, ...given: string[]): Promise<string | undefined> {
  let command = new Command('orchestra');
  const program = command;
  for (const word of words.split(' ')) command = command.command(word);
  command.argument('[name]').argument('[more]');
  let action: string | undefined;
  command.action(() => void (action = auditedCommand(command)?.action));
  await program.parseAsync([...words.split(' '), ...given], { from: 'user' });
  return action;
}

test.each([
  'sessions list',
  'sessions report',
  'sessions plan',
  'tasks get',
  'webhooks deliveries',
  'workspaces members',
  'optimize history',
])('`%s` only looks, and is not kept', async (words) => {
  expect(await audited(words, 'x')).toBeUndefined();
});

test.each([
  'learn report',
  'learn reset',
  'sessions edit',
  'tasks submit',
  'workspaces remove-member',
  'optimize undo',
])('`%s` changes something, and is kept', async (words) => {
  expect(await audited(words, 'x')).toBe(words);
});

test('`agents recover` only looks until it is told what to do', async () => {
  expect(await audited('agents recover', 'writer')).toBeUndefined();
  expect(await audited('agents recover', 'writer', 'restart')).toBe('agents recover');
});
