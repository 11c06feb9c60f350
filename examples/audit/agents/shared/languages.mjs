import { extname, posix } from 'node:path';

const code = {
  TypeScript: ['.ts', '.tsx', '.mts', '.cts'],
  JavaScript: ['.js', '.jsx', '.mjs', '.cjs'],
  Python: ['.py'],
  Go: ['.go'],
  Rust: ['.rs'],
  Java: ['.java'],
  Kotlin: ['.kt', '.kts'],
  Scala: ['.scala'],
  Swift: ['.swift'],
  Ruby: ['.rb'],
  PHP: ['.php'],
  'C#': ['.cs'],
  C: ['.c', '.h'],
  'C++': ['.cc', '.cpp', '.cxx', '.hpp'],
  Elixir: ['.ex', '.exs'],
  Dart: ['.dart'],
  Lua: ['.lua'],
  Perl: ['.pl', '.pm'],
  R: ['.r'],
  Shell: ['.sh', '.bash', '.zsh'],
  SQL: ['.sql'],
  Vue: ['.vue'],
  Svelte: ['.svelte'],
};
const other = {
  Markdown: ['.md', '.markdown', '.mdx'],
  HTML: ['.html', '.htm'],
  CSS: ['.css', '.scss', '.less'],
  JSON: ['.json', '.jsonc'],
  YAML: ['.yaml', '.yml'],
  TOML: ['.toml'],
  XML: ['.xml'],
};

const byExtension = new Map();
for (const [table, isCode] of [
  [code, true],
  [other, false],
]) {
  for (const [name, extensions] of Object.entries(table)) {
    for (const extension of extensions) byExtension.set(extension, { name, isCode });
  }
}

const lockFiles = new Set(
  (
    'package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock go.sum go.work.sum Cargo.lock poetry.lock ' +
    'uv.lock Pipfile.lock pdm.lock composer.lock Gemfile.lock mix.lock pubspec.lock flake.lock Podfile.lock'
  ).split(' '),
);

/** `{ name, isCode }` of the language a file name stands for, or null. */
export function languageOf(path) {
  return byExtension.get(extname(path).toLowerCase()) ?? null;
}

/** Whether a package manager wrote the file. */
export function isLockFile(path) {
  return lockFiles.has(posix.basename(path));
}

/** Whether the file's name says that it holds tests. */
export function isTestFile(path) {
  const name = posix.basename(path);
  return (
    /[._-](test|tests|spec)\.[^.]+$/i.test(name) ||
    /^test_.*\.py$|(Test|Tests|Spec)\.(java|kt|scala|cs|swift|php)$/.test(name) ||
    (/(^|\/)(tests?|specs?|__tests__|t)\//.test(path) && languageOf(path)?.isCode === true)
  );
}
