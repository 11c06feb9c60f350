import type { Pool } from 'pg';
import { answerWords, judgeAnswer } from '../domain/alerts/delivery';
import type { DeliveryAnswer } from '../domain/alerts/delivery';
import { databaseText } from './database-text';
import { inWorkspace } from './scope';

const messageColumns = { webhook_deliveries: 'message', alert_deliveries: 'event' } as const;

/** Writes down what a receiver answered, and whether that ends the delivery. One that was delivered stays so. */
export async function keepAnswer(
  pool: Pool,
  table: keyof typeof messageColumns,
  { workspace, message, webhook }: { workspace: string; message: string; webhook: string },
  answer: DeliveryAnswer,
): Promise<void> {
  await inWorkspace(pool, workspace).query(
    `UPDATE ${table} SET answer = $4,
            delivered_at = CASE WHEN $5 = 'delivered' THEN now() END,
            given_up_at = CASE WHEN $5 = 'gone' OR $5 = 'again' AND now() > ends_at THEN now() END
     WHERE workspace = $1 AND ${messageColumns[table]} = $2 AND webhook = $3 AND delivered_at IS NULL`,
    [workspace, message, webhook, databaseText(answerWords(answer)), judgeAnswer(answer)],
  );
}
