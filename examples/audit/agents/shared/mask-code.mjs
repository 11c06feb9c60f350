const startsRegex = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|throw|await|yield))\s*$/;

function skipString(text, at) {
  const quote = text[at];
  let end = at + 1;
  while (end < text.length && text[end] !== quote && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
  return Math.min(end + 1, text.length);
}

function skipRegex(text, at) {
  let inClass = false;
  for (let end = at + 1; end < text.length && text[end] !== '\n'; end += 1) {
    if (text[end] === '\\') end += 1;
    else if (text[end] === '[') inClass = true;
    else if (text[end] === ']') inClass = false;
    else if (text[end] === '/' && !inClass) return end + 1;
  }
  return at + 1;
}

function skipTemplate(text, at) {
  let end = at + 1;
  while (end < text.length && text[end] !== '`') {
    if (text.startsWith('${', end)) end = skipSubstitution(text, end + 2);
    else end += text[end] === '\\' ? 2 : 1;
  }
  return Math.min(end + 1, text.length);
}

function skipSubstitution(text, at) {
  let depth = 1;
  let end = at;
  while (end < text.length && depth > 0) {
    const token = tokenEnd(text, end);
    if (token !== null) end = token.end;
    else {
      if (text[end] === '{') depth += 1;
      if (text[end] === '}') depth -= 1;
      end += 1;
    }
  }
  return end;
}

/** End of the comment, template, regular expression or string that begins at `at`, or null where none does. */
function tokenEnd(text, at) {
  const character = text[at];
  if (character === "'" || character === '"') return { kind: 'string', end: skipString(text, at) };
  if (character === '`') return { kind: 'template', end: skipTemplate(text, at) };
  if (character !== '/') return null;
  if (text[at + 1] === '/') {
    const end = text.indexOf('\n', at);
    return { kind: 'comment', end: end === -1 ? text.length : end };
  }
  if (text[at + 1] === '*') {
    const end = text.indexOf('*/', at + 2);
    return { kind: 'comment', end: end === -1 ? text.length : end + 2 };
  }
  if (!startsRegex.test(text.slice(Math.max(0, at - 40), at))) return null;
  return { kind: 'regex', end: skipRegex(text, at) };
}

/** JavaScript or TypeScript with comments, templates and regular expressions blanked out; every line and column stays where it is. */
export function maskCode(text) {
  let masked = '';
  let at = 0;
  while (at < text.length) {
    const token = tokenEnd(text, at);
    const end = token?.end ?? at + 1;
    const piece = text.slice(at, end);
    masked += token === null || token.kind === 'string' ? piece : piece.replace(/[^\n]/g, ' ');
    at = end;
  }
  return masked;
}
