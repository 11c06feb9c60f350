import type { Part, SendMessageRequest } from '@a2a-js/sdk';
import type { AttemptWork } from '../../contracts/ports/connector';
import { attemptMessage } from '../../contracts/protocol/attempt-message';
import type { Json } from '../../domain/json';

/** Of the protocol: the message comes from its user. */
const userRole = 1;

/** What an agent is asked: instructions and prompt as text, the input as data, the rest as metadata. Its answer comes at once, finished or not. */
export function sendRequest(work: AttemptWork): SendMessageRequest {
  const { instructions, prompt, input, ...metadata } = attemptMessage(work);
  const texts = [instructions, prompt].filter((text) => typeof text === 'string');
  const hasText = texts.length > 0 || input === null;
  return {
    tenant: '',
    message: {
      messageId: work.idempotencyKey,
      contextId: '',
      taskId: '',
      role: userRole,
      parts: [
        ...(hasText ? [partOf({ $case: 'text', value: texts.join('\n\n') })] : []),
        ...(input === null ? [] : [partOf({ $case: 'data', value: input as Json })]),
      ],
      metadata,
      extensions: [],
      referenceTaskIds: [],
    },
    configuration: {
      acceptedOutputModes: [],
      taskPushNotificationConfig: undefined,
      historyLength: 0,
      returnImmediately: true,
    },
    metadata: undefined,
  };
}

function partOf(content: NonNullable<Part['content']>): Part {
  return { content, metadata: undefined, filename: '', mediaType: '' };
}
