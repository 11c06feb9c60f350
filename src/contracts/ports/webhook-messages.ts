import type { DeliveryAnswer } from '../../domain/alerts/delivery';
import type { IfMatch } from '../../domain/if-match';
import type { WebhookMessage, WebhookType } from '../../domain/webhooks/message';
import type { Page } from './page';

/** A receiver, without its secrets. Times: milliseconds since 1970. */
export interface WebhookOverview {
  name: string;
  url: string;
  types: WebhookType[];
  enabled: boolean;
  /** When it answered that it is gone (410), which switched it off; null where it did not, or somebody has said since whether it is on. */
  goneAt: number | null;
  createdAt: number;
  /** Until when the secret before the present one signs as well. */
  previousUntil: number | null;
}

export interface DeliveryOverview {
  /** Of the message: the same in all tries. */
  id: string;
  type: string;
  at: number;
  status: 'pending' | 'delivered' | 'given-up';
  tries: number;
  nextAt: number | null;
  /** What the receiver answered last, or why there is no answer. */
  answer: string | null;
}

export interface MessageDelivery {
  workspace: string;
  message: WebhookMessage;
  webhook: string;
  url: string;
  /** Each signs; empty where none can be decrypted. */
  secrets: string[];
}

/** Receivers of what happens in sessions, and what is to be sent to them. */
export interface WebhookMessages {
  /**
   * Resolves with its secret; undefined where the name is taken. `seed`: of the request; what the same one has added is added, and has the secret that it
   * had then.
   */
  add(
    workspace: string,
    webhook: { name: string; url: string; types: WebhookType[]; secret: string },
    seed?: string,
  ): Promise<string | undefined>;
  /** By name; all, where no page is asked for. */
  list(workspace: string, page?: Page<[name: string]>): Promise<WebhookOverview[]>;
  /** Throws WEBHOOK_NOT_FOUND, as all below. */
  get(workspace: string, name: string): Promise<WebhookOverview>;
  /** Throws PRECONDITION_FAILED. */
  change(
    workspace: string,
    name: string,
    change: Partial<Pick<WebhookOverview, 'url' | 'types' | 'enabled'>>,
    ifMatch?: IfMatch,
  ): Promise<void>;
  /** Throws PRECONDITION_FAILED. */
  remove(workspace: string, name: string, ifMatch?: IfMatch): Promise<void>;
  /**
   * The present secret signs beside the new one for so long. `seed`: of the request; where the present secret came by the same one, nobody was told of it,
   * and the new one takes its place alone.
   */
  rotate(workspace: string, name: string, secret: string, overlapMs: number, seed?: string): Promise<void>;
  /** The latest first, alerts as well. */
  deliveries(
    workspace: string,
    name: string,
    limit: number,
    after?: readonly [at: number, id: string],
  ): Promise<DeliveryOverview[]>;
  /** A message, or an alert. Throws DELIVERY_NOT_FOUND. */
  delivery(workspace: string, name: string, message: string): Promise<DeliveryOverview>;
  /** Has a message, or an alert, sent again, with its id; once for a `seed`, which is of the request. Throws DELIVERY_NOT_FOUND. */
  redeliver(workspace: string, name: string, message: string, seed?: string): Promise<void>;
  /** Those that are due, of all workspaces: each counts as tried, and is due again after a pause unless `answered` says that it was taken. */
  take(limit: number): Promise<MessageDelivery[]>;
  /** Ends the delivery where it was taken, or cannot be; a receiver that is gone is switched off. */
  answered(delivery: MessageDelivery, answer: DeliveryAnswer): Promise<void>;
  /** Milliseconds until the next one is due; null where none is. */
  nextDueInMs(): Promise<number | null>;
  /** Deletes messages that are older than ninety days. */
  forgetOld(): Promise<void>;
}

/** Sends one message; never rejects. */
export type SendMessage = (delivery: MessageDelivery) => Promise<DeliveryAnswer>;
