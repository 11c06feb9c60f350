function blank(stretch) {
  return stretch.replace(/[^\n]/g, ' ');
}

/** Markdown with code (fenced, indented by a fence, or inline) and comments blanked out; lines and columns stay. */
export function maskMarkdown(text) {
  let fence = null;
  const lines = text.split('\n').map((line) => {
    const mark = /^\s*(?:>\s*|[-*+]\s+|\d+\.\s+)*(?<mark>`{3,}|~{3,})(?<info>.*)$/.exec(line)?.groups;
    if (fence === null) {
      if (mark === undefined || (mark.mark[0] === '`' && mark.info.includes('`'))) return line;
      fence = mark.mark;
      return blank(line);
    }
    if (mark?.mark.startsWith(fence) && mark.info.trim() === '') fence = null;
    return blank(line);
  });
  return lines
    .join('\n')
    .replace(/<!--[\s\S]*?-->/g, blank)
    .replace(/(?<!`)(`+)(?!`)(?:(?!\n\s*\n)[\s\S])*?(?<!`)\1(?!`)/g, blank);
}

function slug(heading) {
  return heading
    .replace(/(`+)(.*?)\1/g, (_, _fence, code) => code.replace(/[<>[\]]/g, ''))
    .replace(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replace(/(?<!\\)<\/?[a-z][a-z0-9-]*(\s[^<>]*)?\/?>/gi, '')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replace(/ /g, '-');
}

/** Anchors that a Markdown file offers, as GitHub makes them: headings, and explicit `id` and `name` attributes. */
export function anchorsOf(text) {
  const anchors = new Set();
  const counts = new Map();
  const add = (heading) => {
    const base = slug(heading);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    anchors.add(count === 0 ? base : `${base}-${count}`);
  };
  // Headings keep their inline code, so they are read from the text; the mask says which lines are inside a fence.
  const written = text.split('\n');
  const masked = maskMarkdown(text).split('\n');
  written.forEach((line, index) => {
    if (masked[index].trim() === '') return;
    const heading = /^ {0,3}#{1,6}\s+(?<title>.*?)\s*#*\s*$/.exec(line)?.groups.title;
    const underlined = /^ {0,3}(=+|-+)\s*$/.test(masked[index + 1] ?? '') && !/^\s*([-*+>|]|#{1,6}\s)/.test(line);
    if (heading !== undefined) add(heading);
    else if (underlined) add(line);
    for (const match of line.matchAll(/<[^>]*\b(?:id|name)\s*=\s*["']([^"']+)["']/g))
      anchors.add(match[1].toLowerCase());
  });
  return anchors;
}

/** Links, images and link definitions of a Markdown text: `{ target, index }`. */
export function linksOf(text) {
  const masked = maskMarkdown(text);
  const patterns = [
    /\]\(\s*(?:<(?<angled>[^<>\n]*)>|(?<plain>(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.)*\))+))(?:\s+(?:"[^"]*"|'[^']*'|\([^)]*\)))?\s*\)/g,
    /^ {0,3}\[(?!\^)[^\]\n]+\]:\s*(?:<(?<angled>[^<>\n]*)>|(?<plain>\S+))/gm,
    /<(?:a|img)\b[^>]*?\b(?:href|src)\s*=\s*["'](?<plain>[^"'\n]*)["']/gi,
  ];
  return patterns.flatMap((pattern) =>
    [...masked.matchAll(pattern)].map(({ index, groups, 0: whole }) => {
      const target = groups.angled ?? groups.plain;
      return { target: target.replace(/\\([!-/:-@[-`{-~])/g, '$1'), index: index + whole.indexOf(target) };
    }),
  );
}
