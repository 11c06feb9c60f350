import type { ProbeReport } from '../../contracts/ports/connector';
import { errorCode } from '../error-code';
import { parseAddress } from './address';
import { exchange } from './exchange';

/** Any answer but one that says that the server is in trouble is a sign of life: most agents know no HEAD, and none is shown who asks. */
export async function probeAddress(address: string, signal: AbortSignal): Promise<ProbeReport> {
  // A template is filled in for each attempt.
  const url = address.includes('${{') ? undefined : parseAddress(address);
  if (url === undefined) return { says: 'unknown', detail: 'its address is known with an attempt only' };
  try {
    const { status } = await exchange({ method: 'HEAD', url, headers: {}, body: '', limitBytes: 1_000, signal });
    return { says: status < 500 ? 'reachable' : 'unreachable', detail: `HTTP ${status}` };
  } catch (error) {
    return { says: 'unreachable', detail: signal.aborted ? 'no answer in time' : errorCode(error) };
  }
}
