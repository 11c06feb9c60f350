import { didYouMean } from '../did-you-mean';
import { OrchestraError } from '../errors';

export function alertNotRaised(name: string): OrchestraError {
  return new OrchestraError(
    'ALERT_NOT_RAISED',
    `The alert "${name}" is not raised: there is nothing to acknowledge. See \`orchestra alerts list\`.`,
  );
}

/** `webhook`: that one; otherwise any. */
export function toldOfNoAlerts(webhook: string | undefined): OrchestraError {
  return new OrchestraError(
    'ALERT_NOT_FOUND',
    webhook === undefined
      ? 'Nobody is told of alerts. `orchestra alerts webhooks add` adds a receiver.'
      : `The webhook "${webhook}" is told of no alerts: it is switched off, or hears of other types only. See \`orchestra webhooks list\`.`,
  );
}

export function alertNotFound(what: 'alert' | 'webhook', name: string, known: Iterable<string>): OrchestraError {
  const list = what === 'alert' ? 'orchestra alerts list' : 'orchestra alerts webhooks list';
  return new OrchestraError(
    'ALERT_NOT_FOUND',
    `There is no ${what} "${name}"${didYouMean(name, known)}. See \`${list}\`.`,
  );
}
