import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The root of the project. */
export const root = join(__dirname, '../../..');

/** All pages of the documentation, as paths from the root. */
export function pages(): string[] {
  const inside = (folder: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => join(folder, file));
  return ['README.md', ...inside('docs'), ...inside('examples')].sort();
}

export function readPage(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

/** Where the links of a page lead that stay inside the project: a path from the root, and the anchor behind it. */
export function linksOf(page: string): { text: string; path: string; anchor: string | undefined }[] {
  const prose = withoutCode(readPage(page));
  const targets = [
    ...[...prose.matchAll(/\]\(([^()\s]+)\)/g)].map((match) => match[1] ?? ''),
    ...definitionsOf(page).map(({ target }) => target),
  ];
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#');
      return { text: target, path: file === '' ? page : relative('.', join(dirname(page), file)), anchor };
    });
}

/** Reference definitions, `[label]: target`. */
export function definitionsOf(page: string): { label: string; target: string }[] {
  return [...readPage(page).matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, label = '', target = '']) => ({
    label,
    target,
  }));
}

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf(page: string): string[] {
  return [...withoutBlocks(readPage(page)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** Everything that stands in code blocks and code spans, line by line. */
export function codeLinesOf(page: string): string[] {
  const text = readPage(page);
  const blocks = [...text.matchAll(/^```.*\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.split('\n'));
  const spans = [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  return [...blocks, ...spans];
}

function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

function withoutCode(text: string): string {
  return withoutBlocks(text).replace(/`[^`\n]*`/g, '');
}
