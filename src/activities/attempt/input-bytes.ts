import type { AttemptWork } from '../../contracts/ports/connector';

/** How much a task gives its agent: bytes of the rendered prompt, and of the input as JSON. What agents are told besides is not in it. */
export function inputBytesOf({ prompt, input }: Pick<AttemptWork, 'prompt' | 'input'>): number {
  return Buffer.byteLength(prompt ?? '') + (input === null ? 0 : Buffer.byteLength(JSON.stringify(input)));
}
