import type { Artifact, Message, Part } from '@a2a-js/sdk';
import type { Json } from '../../domain/json';

/** What was handed over; undefined where that is nothing, or of a kind that is not known. */
export type Output = { value: Json } | undefined;

/**
 * Artifacts as one value. Texts of one artifact that follow each other are one text, since agents that stream hand them over in pieces; data is the JSON
 * that it is, a file is a map. Several values are a list.
 */
export function outputOf(sources: readonly Pick<Artifact | Message, 'parts'>[]): Output {
  const values = sources.flatMap(({ parts }) => valuesOf(parts));
  const known = values.filter((value) => value !== undefined);
  const [first] = known;
  if (first === undefined || known.length < values.length) return undefined;
  return { value: known.length === 1 ? first : known };
}

function valuesOf(parts: readonly Part[]): (Json | undefined)[] {
  const values: (Json | undefined)[] = [];
  let text: string | undefined;
  for (const part of parts) {
    if (part.content?.$case !== 'text') {
      values.push(valueOf(part));
      text = undefined;
      continue;
    }
    if (text !== undefined) values.pop();
    text = `${text ?? ''}${part.content.value}`;
    values.push(text);
  }
  return values;
}

function valueOf({ content, filename, mediaType }: Part): Json | undefined {
  const file = { filename, mediaType };
  switch (content?.$case) {
    case 'text':
      return content.value;
    case 'data':
      return content.value as Json;
    case 'url':
      return { ...file, url: content.value };
    case 'raw':
      return { ...file, base64: content.value.toString('base64') };
    case undefined:
      return undefined;
  }
}

/** The texts of a message, for people. */
export function textOf(message: Message | undefined): string {
  const texts = (message?.parts ?? []).flatMap(({ content }) => (content?.$case === 'text' ? [content.value] : []));
  return texts
    .join(' ')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
}
