import type { Pool } from 'pg';
import type { SealedSecret, SecretCipher } from '../contracts/ports/secret-cipher';
import type { Delivery, WebhookStore } from '../contracts/ports/webhook-store';
import { alertNotFound, toldOfNoAlerts } from '../domain/alerts/alert-errors';
import { nextTryAfter } from '../domain/alerts/delivery';
import type { AlertEvent } from '../domain/alerts/alert-event';
import { alertEventId, hasHappened } from './alert-events';
import { keepAnswer } from './delivery-answer';
import { milliseconds } from './milliseconds';
import { countedBy } from './request-counts';
import { inTransaction } from './transaction';
import { acrossWorkspaces, inWorkspace } from './scope';
import { sealedSecrets, signingSecrets, webhookSecretPlace } from './webhook-secrets';
import type { SealedSecrets } from './webhook-secrets';

/** Receivers in PostgreSQL. Their secrets leave this process encrypted only. `chance` draws from 0 to 1: those that failed together do not come back together. */
export function createWebhookStore(pool: Pool, cipher: SecretCipher, chance: () => number = Math.random): WebhookStore {
  const namesOf = async (workspace: string): Promise<string[]> => {
    const { rows } = await inWorkspace(pool, workspace).query<{ name: string }>(
      'SELECT name FROM webhooks WHERE workspace = $1',
      [workspace],
    );
    return rows.map(({ name }) => name);
  };

  return {
    set: async ({ workspace, name, url, secret }) => {
      const { keyId, nonce, ciphertext, tag } = cipher.seal(secret, webhookSecretPlace(workspace, name));
      await inWorkspace(pool, workspace).query(
        `INSERT INTO webhooks (workspace, name, url, key_id, nonce, ciphertext, tag) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (workspace, name) DO UPDATE SET
           url = excluded.url, key_id = excluded.key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext, tag = excluded.tag,
           ${anew}`,
        [workspace, name, url, keyId, nonce, ciphertext, tag],
      );
    },

    rotate: (workspace, seed) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        // A secret that was replaced is still in use for a time, beside the new one.
        const found = await Promise.all(
          ['', 'previous_'].map(async (prefix) => {
            const { rows } = await client.query<SealedSecret & { name: string }>(
              `SELECT name, ${prefix}key_id AS "keyId", ${prefix}nonce AS nonce, ${prefix}ciphertext AS ciphertext, ${prefix}tag AS tag
               FROM webhooks WHERE workspace = $1 AND ${prefix}key_id <> $2 ORDER BY name FOR UPDATE`,
              [workspace, cipher.currentKeyId()],
            );
            return rows.map((row) => ({ prefix, ...row }));
          }),
        );
        const writes = found.flat().map(({ prefix, name, ...row }) => {
          const place = webhookSecretPlace(workspace, name);
          const { keyId, nonce, ciphertext, tag } = cipher.seal(cipher.open(row, place), place);
          return {
            text: `UPDATE webhooks SET ${prefix}key_id = $3, ${prefix}nonce = $4, ${prefix}ciphertext = $5, ${prefix}tag = $6
                   WHERE workspace = $1 AND name = $2`,
            values: [workspace, name, keyId, nonce, ciphertext, tag],
          };
        });
        const counted = { request: seed, what: 'secrets of webhooks' };
        return { result: await countedBy(client, workspace, counted, writes.length), writes };
      }),

    list: async (workspace) => {
      const { rows } = await inWorkspace(pool, workspace).query<{ name: string; url: string }>(
        'SELECT name, url FROM webhooks WHERE workspace = $1 ORDER BY name',
        [workspace],
      );
      return rows;
    },

    remove: async (workspace, name) => {
      const { rowCount } = await inWorkspace(pool, workspace).query(
        'DELETE FROM webhooks WHERE workspace = $1 AND name = $2',
        [workspace, name],
      );
      if (rowCount === 0) throw alertNotFound('webhook', name, await namesOf(workspace));
    },

    addTest: async (workspace, name, seed) => {
      const id = alertEventId(seed);
      const { rowCount } = await inWorkspace(pool, workspace).query(addTestText, [workspace, id, name ?? null]);
      if (rowCount === 0) {
        if (seed !== undefined && (await hasHappened(inWorkspace(pool, workspace), workspace, id))) return id;
        const names = await namesOf(workspace);
        if (name === undefined || names.includes(name)) throw toldOfNoAlerts(name);
        throw alertNotFound('webhook', name, names);
      }
      return id;
    },

    take: (limit, event) =>
      inTransaction(acrossWorkspaces(pool, 'alerts'), async (client) => {
        const { rows } = await client.query<TakenRow>(takeText, [limit, event?.workspace ?? null, event?.id ?? null]);
        const writes = rows.map(({ workspace, id, webhook, tries }) => ({
          text: `UPDATE alert_deliveries SET tries = tries + 1, next_at = now() + $4 * interval '1 millisecond'
                 WHERE workspace = $1 AND event = $2 AND webhook = $3`,
          values: [workspace, id, webhook, nextTryAfter(tries + 1, chance())],
        }));
        return { result: rows.map((row) => deliveryOf(row, cipher)), writes };
      }),

    answered: ({ event, webhook: { workspace, name, url } }, answer) =>
      keepAnswer(pool, 'alert_deliveries', { workspace, message: event.id, webhook: name, url }, answer),
  };
}

/** Nothing stays of the receiver that had the name: neither what it was told of, nor that it was switched off, nor a secret that still signs. */
const anew = `
  types = excluded.types, enabled = excluded.enabled, created_at = excluded.created_at, previous_key_id = NULL, previous_nonce = NULL,
  previous_ciphertext = NULL, previous_tag = NULL, previous_until = NULL, rotation = NULL, request = NULL, gone_at = NULL`;

// Those who are told are those of the first time, however often it is added.
const addTestText = `
  WITH receivers AS (
    SELECT name FROM webhooks
    WHERE workspace = $1 AND enabled AND 'alert' = ANY (types) AND ($3::text IS NULL OR name = $3)
      AND NOT EXISTS (SELECT FROM alert_events WHERE workspace = $1 AND id = $2)
  ), tested AS (
    INSERT INTO alert_events (workspace, id, type, alert, at, message)
    SELECT $1, $2, 'tested', '', now(), 'This is a test of webhooks.' WHERE EXISTS (SELECT FROM receivers)
    ON CONFLICT DO NOTHING
  )
  INSERT INTO alert_deliveries (workspace, event, webhook) SELECT $1, $2, name FROM receivers ON CONFLICT DO NOTHING`;

interface TakenRow extends AlertEvent, SealedSecrets {
  workspace: string;
  webhook: string;
  url: string;
  tries: number;
}

const takeText = `
  SELECT delivery.workspace, delivery.webhook, tries, url, ${sealedSecrets},
         happened.id, type, alert, agent, ${milliseconds('at')} AS at, message, rule, value
  FROM alert_deliveries AS delivery
  JOIN alert_events AS happened ON happened.workspace = delivery.workspace AND happened.id = delivery.event
  JOIN webhooks ON webhooks.workspace = delivery.workspace AND webhooks.name = delivery.webhook
  WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_at <= now() AND enabled
    AND ($2::text IS NULL OR delivery.workspace = $2 AND delivery.event = $3)
  ORDER BY next_at LIMIT $1 FOR UPDATE OF delivery SKIP LOCKED`;

function deliveryOf(
  { workspace, webhook, url, id, type, alert, agent, at, message, rule, value, ...sealed }: TakenRow,
  cipher: SecretCipher,
): Delivery {
  return {
    event: { id, type, alert, ...(typeof agent === 'string' && { agent }), at, message, rule, value },
    webhook: {
      workspace,
      name: webhook,
      url,
      secrets: signingSecrets(cipher, sealed, webhookSecretPlace(workspace, webhook)),
    },
  };
}
