const limitBytes = 1024 * 1024;
const timeoutMs = 10_000;

/** What is at an address of the web. Rejects with a message for people, also where it takes 10 s or more than 1 MiB. */
export async function download(url: string): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, text: await textOf(response) };
  } catch (error) {
    throw new Error(causeOf(error), { cause: error });
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limitBytes) throw new Error(`it has more than ${limitBytes} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `fetch failed` says nothing: its cause does. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? causeOf(error.cause) : error.message;
}
