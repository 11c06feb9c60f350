import { allCommands, helpOf, parametersOf } from './all-commands';
import { codeLinesOf, pages, readPage } from './markdown';

/** Calls of `orchestra` in the code of a page: the words behind it. */
function callsIn(page: string): string[][] {
  return codeLinesOf(page).flatMap((line) => {
    const call = /(?:^|\s|\/)(?:orchestra|orchestra\.js) (.*)$/.exec(line)?.[1];
    return call === undefined ? [] : [call.split(/[\s[\]…]+/).filter((word) => word !== '')];
  });
}

test('the command line has commands', async () => {
  expect(await allCommands()).toEqual(expect.arrayContaining([['run'], ['sessions', 'list']]));
});

test.each(pages())('every command and option that %s names exists', async (page) => {
  const known = await allCommands();
  const unknown: string[] = [];
  for (const words of callsIn(page)) {
    const wholes = words.filter((word, at) => !word.startsWith('-') && words[at - 1] !== '--data');
    const command = known.find((names) => names.every((name, at) => wholes[at] === name));
    const isGlobal = wholes.length === 0;
    const help = command || isGlobal ? await helpOf(command ?? []) : '';
    const options = words.filter((word) => /^--?[a-z]/.test(word));
    const missing = options.filter((option) => !new RegExp(`(^|[\\s,])${option}([\\s,]|$)`, 'm').test(help));
    if (help === '' || missing.length > 0) unknown.push(`orchestra ${words.join(' ')}`);
  }
  expect(unknown).toEqual([]);
});

test('every argument and every option of every command says what it is', async () => {
  const wordless: string[] = [];
  for (const command of await allCommands()) {
    const parameters = await parametersOf(command);
    expect([...parameters.keys()]).toContain('-h, --help');
    for (const [name, words] of parameters) if (words === '') wordless.push(`${command.join(' ')}: ${name}`);
  }
  expect(wordless).toEqual([]);
});

test('the README names every command', async () => {
  const readme = readPage('README.md');
  const absent = (await allCommands()).filter(
    (names) => !readme.includes(`orchestra ${names.join(' ')}`) && !readme.includes(`\`${names.at(-1)}\``),
  );
  expect(absent).toEqual([]);
});

test('the help of a command says a default once, as somebody would write it', async () => {
  for (const command of await allCommands()) {
    expect(await helpOf(command)).not.toMatch(/\(default:[^)]*\)\s+\(default:|default: (\d{5,}|false|\[\])\)/);
  }
});

test('no shell changes the examples of a command', async () => {
  for (const command of await allCommands()) {
    const [, examples = ''] = (await helpOf(command)).split('Examples:\n');
    const bare = examples.replaceAll(/'[^'\n]*'|"[^"$\n]*"/g, '').match(/^ {2}\$ .*$/gm) ?? [];
    for (const line of bare) expect(line.slice(4)).not.toMatch(/[$?*]/);
  }
});
