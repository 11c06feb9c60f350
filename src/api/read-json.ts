import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OrchestraError } from '../domain/errors';

/** Deeper than any plan or result may be (64 levels), and far from what would end a recursion. */
const maxLevels = 200;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Bodies are JSON in UTF-8, of a bounded depth, without the keys `__proto__` and `constructor.prototype`. All the rest is refused before anything
 * of ours walks through it.
 */
export function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      void parse(request, textOf(body as Buffer), done);
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Reads what is no body of a request by the same rules. The function throws USAGE. */
export function jsonReader(app: FastifyInstance): (bytes: Buffer) => unknown {
  const parse = app.getDefaultJsonParser('error', 'error');
  return (bytes) => {
    let read: { error: Error | null; value?: unknown } = { error: unreadable('is empty') };
    // It looks at no request, and is done when it returns.
    void parse({} as FastifyRequest, textOf(bytes), (error, value) => (read = { error, value }));
    if (read.error) throw unreadable('is no JSON, or names a prototype', read.error);
    return read.value;
  };
}

function textOf(bytes: Buffer): string {
  if (isTooDeep(bytes)) throw unreadable(`is nested deeper than ${maxLevels} levels`);
  return decode(bytes);
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw unreadable('is no UTF-8', cause);
  }
}

/** In bytes: all of JSON's own characters are ASCII, and no byte of another one looks like them. */
function isTooDeep(bytes: Buffer): boolean {
  let levels = 0;
  let isText = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (isText) {
      if (byte === 0x5c) index += 1;
      else if (byte === 0x22) isText = false;
    } else if (byte === 0x22) isText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      levels += 1;
      if (levels > maxLevels) return true;
    } else if (byte === 0x7d || byte === 0x5d) levels -= 1;
  }
  return false;
}

function unreadable(what: string, cause?: unknown): OrchestraError {
  return new OrchestraError('USAGE', `The body of the request ${what}. Send JSON.`, { cause });
}
