import type { AttemptReport } from '../../contracts/ports/connector';
import { errorCode } from '../error-code';
import { failureReport } from '../failure-reports';

/** Undefined where it is no address of the web. */
export function parseAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** Without user, password, query and fragment: they may hold secrets, and this goes into errors. */
export function publicAddress(url: URL): string {
  return url.origin + url.pathname;
}

export function invalidAddressReport(agentName: string): AttemptReport {
  return failureReport({
    kind: 'start',
    detail: 'invalid address',
    error: `The url of agent '${agentName}' is no valid http or https address. Correct it in the plan; templates in it have been filled in.`,
    retryable: false,
  });
}

/** The report of a request that came to no answer. */
export function connectionReport(agentName: string, url: URL, error: unknown): AttemptReport {
  const code = errorCode(error);
  // Node's own argument checks: a header that cannot be sent today cannot be sent tomorrow.
  const isInvalid = /^ERR_((HTTP_)?INVALID|UNESCAPED)_/.test(code);
  return failureReport({
    kind: isInvalid ? 'start' : 'connection',
    detail: code,
    error: isInvalid
      ? `The request to agent '${agentName}' at ${publicAddress(url)} cannot be sent (${code}). Correct its url and headers in the plan.`
      : `Agent '${agentName}' could not be reached, or broke off its answer, at ${publicAddress(url)} (${code}). Check that it is running and that the address is right.`,
    retryable: !isInvalid,
  });
}
