import type { Pool } from 'pg';
import { answerWords, judgeAnswer, restAfter } from '../domain/alerts/delivery';
import type { DeliveryAnswer } from '../domain/alerts/delivery';
import { databaseText } from './database-text';
import { inWorkspace } from './scope';

const messageColumns = { webhook_deliveries: 'message', alert_deliveries: 'event' } as const;

/**
 * Writes down what a receiver answered, and whether that ends the delivery. One that was delivered stays so. A receiver that is gone is switched off, unless
 * it is at another address by now.
 */
export async function keepAnswer(
  pool: Pool,
  table: keyof typeof messageColumns,
  { workspace, message, webhook, url }: { workspace: string; message: string; webhook: string; url: string },
  answer: DeliveryAnswer,
): Promise<void> {
  const verdict = judgeAnswer(answer);
  // First, and by itself: who dies in between has not ended the delivery, and whoever removes a receiver locks it before its deliveries.
  if (verdict === 'gone') {
    await inWorkspace(pool, workspace).query(
      'UPDATE webhooks SET enabled = false, gone_at = coalesce(gone_at, now()) WHERE workspace = $1 AND name = $2 AND url = $3',
      [workspace, webhook, url],
    );
  }
  await inWorkspace(pool, workspace).query(
    `UPDATE ${table} SET answer = $4,
            delivered_at = CASE WHEN $5 = 'delivered' THEN now() END,
            given_up_at = CASE WHEN $5 = 'gone' OR $5 = 'again' AND now() > ends_at THEN now() END,
            next_at = greatest(next_at, now() + $6 * interval '1 millisecond')
     WHERE workspace = $1 AND ${messageColumns[table]} = $2 AND webhook = $3 AND delivered_at IS NULL`,
    [workspace, message, webhook, databaseText(answerWords(answer)), verdict, restAfter(answer)],
  );
}
