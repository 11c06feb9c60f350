import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { searchAttributes } from '../contracts/protocol/session';
import { OrchestraError } from '../domain/errors';
import type { Report } from './report';

type Connection = Client['connection'];

/** What gRPC calls a server that is not there. */
const unavailable = 14;

/** Makes sure that the server knows our search attributes; false where it refuses them: sessions then run without. Throws SERVER_UNAVAILABLE. */
export async function ensureSearchAttributes(
  connection: Connection,
  namespace: string,
  report: Report,
): Promise<boolean> {
  const { INDEXED_VALUE_TYPE_KEYWORD } = temporal.api.enums.v1.IndexedValueType;
  const wanted = Object.values(searchAttributes);
  try {
    const known = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = wanted.filter((name) => known.customAttributes?.[name] !== INDEXED_VALUE_TYPE_KEYWORD);
    if (missing.length === 0) return true;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD])),
    });
    return true;
  } catch (error) {
    if (isGrpcServiceError(error) && Number(error.code) === unavailable) {
      throw new OrchestraError('SERVER_UNAVAILABLE', `The Temporal server stopped answering: ${error.message}.`, {
        cause: error,
      });
    }
    report(
      `The Temporal server did not accept the search attributes ${wanted.join(', ')} (${(error as Error).message}); ` +
        'sessions run without them, so its Web UI cannot filter by them.',
    );
    return false;
  }
}
