import type { AlertEvent } from '../../domain/alerts/alert-event';
import type { DeliveryAnswer } from '../../domain/alerts/delivery';

export interface Webhook {
  workspace: string;
  name: string;
  url: string;
  /** `whsec_` and base64, as Standard Webhooks writes it. */
  secret: string;
}

/** One message to one receiver that is to be sent now. */
export interface Delivery {
  event: AlertEvent;
  /** Each of the secrets signs; there are none where none can be decrypted. */
  webhook: Omit<Webhook, 'secret'> & { secrets: string[] };
}

/** Receivers of a workspace, and what is to be sent to them. */
export interface WebhookStore {
  /** One that is told of alerts; in place of one of that name, of which nothing stays but what is still to be sent, and switched on. */
  set(webhook: Webhook): Promise<void>;
  /**
   * Encrypts the secrets of the workspace with the current key, all or none; returns how many were not. `seed`: of the request; how many were not when the
   * same one came first. Throws SECRET_UNREADABLE.
   */
  rotate(workspace: string, seed?: string): Promise<number>;
  list(workspace: string): Promise<Pick<Webhook, 'name' | 'url'>[]>;
  /** With what is still to be sent to it. Throws ALERT_NOT_FOUND. */
  remove(workspace: string, name: string): Promise<void>;
  /**
   * Makes a test event for all who are told of alerts, or one of them; one for a `seed`, which is of the request. Throws ALERT_NOT_FOUND where there is
   * none. Resolves with its id.
   */
  addTest(workspace: string, name?: string, seed?: string): Promise<string>;
  /**
   * Deliveries that are due, of all workspaces, to receivers that are switched on: each counts as tried, and is due again after a pause unless `answered` says that it was taken. `event`:
   * only that one.
   */
  take(limit: number, event?: { workspace: string; id: string }): Promise<Delivery[]>;
  /** Ends the delivery where it was taken, or cannot be; a receiver that is gone is switched off. */
  answered(delivery: Delivery, answer: DeliveryAnswer): Promise<void>;
}

/** Sends one message; never rejects. */
export type SendWebhook = (delivery: Delivery) => Promise<DeliveryAnswer>;
