/** What stands between two blank lines of a `text/event-stream`. */
export interface StreamBlock {
  /** Where to go on from; absent where the block does not say. */
  id?: string;
  /** What it is called; absent where nobody says. */
  event?: string;
  /** Its lines, joined; absent where there are none. */
  data?: string;
}

/** Blocks that have come whole, as the HTML standard reads them; comments are blocks of nothing. */
export async function* readEventStream(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamBlock> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let lines: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      for (;;) {
        const end = lineEnd(text);
        if (!end) break;
        const line = text.slice(0, end.at);
        text = text.slice(end.at + end.length);
        if (line !== '') lines.push(line);
        else if (lines.length > 0) {
          yield blockOf(lines);
          lines = [];
        }
      }
    }
  } finally {
    // Whoever stops reading wants no more to be sent.
    await reader.cancel().catch(() => undefined);
  }
}

/** Undefined where more has to come first: a carriage return may be half of an end. */
function lineEnd(text: string): { at: number; length: number } | undefined {
  const at = text.search(/[\r\n]/);
  if (at === -1) return undefined;
  if (text[at] === '\n') return { at, length: 1 };
  if (at + 1 === text.length) return undefined;
  return { at, length: text[at + 1] === '\n' ? 2 : 1 };
}

function blockOf(lines: readonly string[]): StreamBlock {
  let id: string | undefined;
  let event: string | undefined;
  const data: string[] = [];
  for (const line of lines) {
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }
  return {
    ...(id !== undefined && { id }),
    ...(event !== undefined && { event }),
    ...(data.length > 0 && { data: data.join('\n') }),
  };
}
