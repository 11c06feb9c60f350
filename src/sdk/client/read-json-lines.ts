/** The values of a body of JSON lines, as they come. Rejects where it breaks off. */
export async function* readJsonLines(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (text + decoder.decode(value, { stream: true })).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line);
    }
    if (text !== '') throw new Error('The last line is not whole.');
  } finally {
    // Whoever stops reading wants no more to be sent.
    await reader.cancel().catch(() => undefined);
  }
}
