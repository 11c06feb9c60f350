import type { JsonObject } from '../json';

/** What a receiver can hear of. `alert`: what the rules of alerts raise and clear. */
export const webhookTypes = [
  'session-started',
  'session-ended',
  'task-succeeded',
  'task-failed',
  'approval-requested',
  'alert',
] as const;
export type WebhookType = (typeof webhookTypes)[number];

export interface WebhookMessage {
  id: string;
  type: string;
  /** Milliseconds since 1970. */
  at: number;
  data: JsonObject;
}

/** The body of a message, as Standard Webhooks lays it out. */
export function messagePayload(workspace: string, { type, at, data }: WebhookMessage): JsonObject {
  return { type, timestamp: new Date(at).toISOString(), data: { workspace, ...data } };
}
