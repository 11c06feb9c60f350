import type { Pool, QueryConfig } from 'pg';
import type { SealedSecret, SecretCipher } from '../contracts/ports/secret-cipher';
import type {
  DeliveryOverview,
  MessageDelivery,
  WebhookMessages,
  WebhookOverview,
} from '../contracts/ports/webhook-messages';
import { webhookEtag } from '../contracts/schemas/etags';
import { nextTryAfter } from '../domain/alerts/delivery';
import { OrchestraError } from '../domain/errors';
import { requireMatch } from '../domain/if-match';
import type { IfMatch } from '../domain/if-match';
import type { WebhookMessage } from '../domain/webhooks/message';
import { keepAnswer } from './delivery-answer';
import { orMadeBefore } from './made-before';
import { behindAllTimes, milliseconds, timeOf } from './milliseconds';
import { acrossWorkspaces, inWorkspace } from './scope';
import type { Queryable } from './scope';
import { inTransaction } from './transaction';
import { sealedSecrets, signingSecrets, webhookSecretPlace } from './webhook-secrets';
import type { SealedSecrets } from './webhook-secrets';

/** `chance` draws from 0 to 1: those that failed together do not come back together. */
export function createWebhookMessages(
  pool: Pool,
  cipher: SecretCipher,
  chance: () => number = Math.random,
): WebhookMessages {
  const require = (workspace: string, name: string): Promise<WebhookOverview> =>
    readWebhook(inWorkspace(pool, workspace), workspace, name);

  const requireDelivery = async (workspace: string, name: string, message: string): Promise<DeliveryOverview> => {
    await require(workspace, name);
    const { rows } = await inWorkspace(pool, workspace).query<DeliveryOverview>(selectDeliveries('id = $3'), [
      workspace,
      name,
      message,
    ]);
    const [found] = rows;
    if (found) return found;
    throw deliveryNotFound(name, message);
  };

  const change = (workspace: string, name: string, write: QueryConfig, ifMatch: IfMatch): Promise<void> =>
    inTransaction(inWorkspace(pool, workspace), async (client) => {
      const present = await readWebhook(client, workspace, name, 'FOR NO KEY UPDATE');
      requireMatch(ifMatch, webhookEtag(present), `Webhook "${name}"`);
      return { result: undefined, writes: [write] };
    });

  return {
    add: async (workspace, { name, url, types, secret }, seed) => {
      const place = webhookSecretPlace(workspace, name);
      const { keyId, nonce, ciphertext, tag } = cipher.seal(secret, place);
      const { rows } = await inWorkspace(pool, workspace).query<SealedSecret>(
        `INSERT INTO webhooks (workspace, name, url, types, key_id, nonce, ciphertext, tag, request) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ${orMadeBefore('webhooks', 'workspace, name')} RETURNING key_id AS "keyId", nonce, ciphertext, tag`,
        [workspace, name, url, types, keyId, nonce, ciphertext, tag, seed ?? null],
      );
      return rows.map((kept) => cipher.open(kept, place))[0];
    },

    list: async (workspace, { limit = null, after: [last] = [''] } = {}) => {
      const { rows } = await inWorkspace(pool, workspace).query<WebhookOverview>(
        `${selectWebhooks} AND name > $2 ORDER BY name LIMIT $3`,
        [workspace, last, limit],
      );
      return rows;
    },

    get: require,

    change: (workspace, name, { url, types, enabled }, ifMatch) => {
      const text = `UPDATE webhooks SET url = coalesce($3, url), types = coalesce($4, types), enabled = coalesce($5, enabled),
                                         gone_at = CASE WHEN $5 IS NULL THEN gone_at END
                    WHERE workspace = $1 AND name = $2`;
      return change(
        workspace,
        name,
        { text, values: [workspace, name, url ?? null, types ?? null, enabled ?? null] },
        ifMatch,
      );
    },

    remove: (workspace, name, ifMatch) => {
      const text = 'DELETE FROM webhooks WHERE workspace = $1 AND name = $2';
      return change(workspace, name, { text, values: [workspace, name] }, ifMatch);
    },

    rotate: (workspace, name, secret, overlapMs, seed) =>
      inTransaction(inWorkspace(pool, workspace), async (client) => {
        await readWebhook(client, workspace, name, 'FOR NO KEY UPDATE');
        const { keyId, nonce, ciphertext, tag } = cipher.seal(secret, webhookSecretPlace(workspace, name));
        const key = [workspace, name];
        const writes = [
          { text: putAsideText, values: [...key, overlapMs, seed ?? null] },
          { text: putSecretText, values: [...key, keyId, nonce, ciphertext, tag] },
        ];
        return { result: undefined, writes };
      }),

    deliveries: async (workspace, name, limit, after) => {
      await require(workspace, name);
      const values = [workspace, name, limit, ...(after ?? behindAllTimes)];
      const { rows } = await inWorkspace(pool, workspace).query<DeliveryOverview>(deliveriesText, values);
      return rows;
    },

    delivery: requireDelivery,

    redeliver: async (workspace, name, message, seed) => {
      await requireDelivery(workspace, name, message);
      await inWorkspace(pool, workspace).query(redeliverText, [workspace, name, message, seed ?? null]);
      await inWorkspace(pool, workspace).query(`SELECT pg_notify('orchestra_webhooks', '')`);
    },

    take: (limit) =>
      inTransaction(acrossWorkspaces(pool, 'webhooks'), async (client) => {
        const { rows } = await client.query<TakenRow>(takeText, [limit]);
        const writes = rows.map(({ workspace, id, webhook, tries }) => ({
          text: `UPDATE webhook_deliveries SET tries = tries + 1, next_at = now() + $4 * interval '1 millisecond'
                 WHERE workspace = $1 AND message = $2 AND webhook = $3`,
          values: [workspace, id, webhook, nextTryAfter(tries + 1, chance())],
        }));
        return { result: rows.map((row) => deliveryOf(row, cipher)), writes };
      }),

    answered: ({ workspace, message, webhook, url }, answer) =>
      keepAnswer(pool, 'webhook_deliveries', { workspace, message: message.id, webhook, url }, answer),

    nextDueInMs: async () => {
      const { rows } = await acrossWorkspaces(pool, 'webhooks').query<{ due: number | null }>(
        `SELECT (extract(epoch FROM min(next_at) - now()) * 1000)::float8 AS due
         FROM webhook_deliveries AS delivery
         JOIN webhooks ON webhooks.workspace = delivery.workspace AND webhooks.name = delivery.webhook
         WHERE delivered_at IS NULL AND given_up_at IS NULL AND enabled`,
      );
      const due = rows[0]?.due ?? null;
      return due === null ? null : Math.max(0, due);
    },

    forgetOld: async () => {
      await acrossWorkspaces(pool, 'webhooks').query(
        `DELETE FROM webhook_messages WHERE at < now() - interval '90 days'`,
      );
    },
  };
}

const selectWebhooks = `
  SELECT name, url, types, enabled, ${milliseconds('gone_at')} AS "goneAt", ${milliseconds('created_at')} AS "createdAt",
         CASE WHEN previous_until > now() THEN ${milliseconds('previous_until')} END AS "previousUntil"
  FROM webhooks WHERE workspace = $1`;

/** Of both tables; a message is in one of them. */
const selectDeliveries = (which: string): string => `
  SELECT id, type, ${milliseconds('at')} AS at, tries, answer,
         CASE WHEN delivered_at IS NOT NULL THEN 'delivered' WHEN given_up_at IS NOT NULL THEN 'given-up' ELSE 'pending' END AS status,
         CASE WHEN delivered_at IS NULL AND given_up_at IS NULL THEN ${milliseconds('next_at')} END AS "nextAt"
  FROM (
    (SELECT id, type, message.at, tries, answer, delivered_at, given_up_at, next_at
     FROM webhook_messages AS message JOIN webhook_deliveries AS delivery ON delivery.workspace = message.workspace AND delivery.message = message.id
     WHERE message.workspace = $1 AND webhook = $2 AND ${which})
    UNION ALL
    (SELECT id, 'alert.' || type, happened.at, tries, answer, delivered_at, given_up_at, next_at
     FROM alert_events AS happened JOIN alert_deliveries AS delivery ON delivery.workspace = happened.workspace AND delivery.event = happened.id
     WHERE happened.workspace = $1 AND webhook = $2 AND ${which})
  ) AS sent`;

// Of each table, no more are looked at than are shown.
const latest = 'ORDER BY at DESC, id DESC LIMIT $3';
const deliveriesText = `${selectDeliveries(`(at, id) < (${timeOf('$4')}, $5) ${latest}`)} ${latest}`;

const putAsideText = `
  UPDATE webhooks SET
    previous_key_id = key_id, previous_nonce = nonce, previous_ciphertext = ciphertext, previous_tag = tag,
    previous_until = now() + $3 * interval '1 millisecond', rotation = $4
  WHERE workspace = $1 AND name = $2 AND ($4::text IS NULL OR rotation IS DISTINCT FROM $4)`;
const putSecretText = `
  UPDATE webhooks SET key_id = $3, nonce = $4, ciphertext = $5, tag = $6 WHERE workspace = $1 AND name = $2`;

// Not where the same request has had it sent again already.
const anewOnce = (message: string): string => `
  SET delivered_at = NULL, given_up_at = NULL, next_at = now(), ends_at = now() + interval '72 hours', request = $4
  WHERE workspace = $1 AND webhook = $2 AND ${message} = $3 AND ($4::text IS NULL OR request IS DISTINCT FROM $4)`;
const redeliverText = `
  WITH messages AS (UPDATE webhook_deliveries ${anewOnce('message')})
  UPDATE alert_deliveries ${anewOnce('event')}`;

function deliveryNotFound(name: string, message: string): OrchestraError {
  return new OrchestraError(
    'DELIVERY_NOT_FOUND',
    `Webhook "${name}" was not sent a message "${message}". \`orchestra webhooks deliveries ${name}\` lists them.`,
  );
}

/** Throws WEBHOOK_NOT_FOUND. */
async function readWebhook(
  queryable: Queryable,
  workspace: string,
  name: string,
  lock: '' | 'FOR NO KEY UPDATE' = '',
): Promise<WebhookOverview> {
  const { rows } = await queryable.query<WebhookOverview>(`${selectWebhooks} AND name = $2 ${lock}`, [workspace, name]);
  const [found] = rows;
  if (found) return found;
  throw new OrchestraError(
    'WEBHOOK_NOT_FOUND',
    `There is no webhook "${name}". \`orchestra webhooks list\` shows their names.`,
  );
}

interface TakenRow extends WebhookMessage, SealedSecrets {
  workspace: string;
  webhook: string;
  url: string;
  tries: number;
}

const takeText = `
  SELECT delivery.workspace, delivery.webhook, tries, url, ${sealedSecrets},
         message.id, type, ${milliseconds('at')} AS at, data
  FROM webhook_deliveries AS delivery
  JOIN webhook_messages AS message ON message.workspace = delivery.workspace AND message.id = delivery.message
  JOIN webhooks ON webhooks.workspace = delivery.workspace AND webhooks.name = delivery.webhook
  WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_at <= now() AND enabled
  ORDER BY next_at LIMIT $1 FOR UPDATE OF delivery SKIP LOCKED`;

function deliveryOf(
  { workspace, webhook, url, id, type, at, data, ...sealed }: TakenRow,
  cipher: SecretCipher,
): MessageDelivery {
  const secrets = signingSecrets(cipher, sealed, webhookSecretPlace(workspace, webhook));
  return { workspace, message: { id, type, at, data }, webhook, url, secrets };
}
