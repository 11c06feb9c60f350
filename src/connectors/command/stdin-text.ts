import type { AttemptRequest } from '../../contracts/ports/connector';
import type { CommandAgent } from '../../domain/plan/plan';
import { attemptMessage } from '../../contracts/protocol/attempt-message';

/** What the program reads on stdin; undefined for no stdin at all. As text: its instructions, and the prompt, or else the input, a string as it is. */
export function stdinText(request: AttemptRequest<CommandAgent>): string | undefined {
  switch (request.agent.stdin) {
    case 'json':
      return JSON.stringify(attemptMessage(request)) + '\n';
    case 'text':
      return [request.instructions, request.prompt ?? inputText(request)].filter((part) => part !== null).join('\n\n');
    case 'none':
      return undefined;
  }
}

function inputText({ input }: AttemptRequest<CommandAgent>): string {
  if (input === null) return '';
  return typeof input === 'string' ? input : JSON.stringify(input);
}
