import { didYouMean } from '../did-you-mean';
import { OrchestraError } from '../errors';

export function alertNotRaised(name: string): OrchestraError {
  return new OrchestraError(
    'ALERT_NOT_RAISED',
    `The alert "${name}" is not raised: there is nothing to acknowledge. See \`orchestra alerts list\`.`,
  );
}

export function alertNotFound(what: 'alert' | 'webhook', name: string, known: Iterable<string>): OrchestraError {
  const list = what === 'alert' ? 'orchestra alerts list' : 'orchestra alerts webhooks list';
  return new OrchestraError(
    'ALERT_NOT_FOUND',
    `There is no ${what} "${name}"${didYouMean(name, known)}. See \`${list}\`.`,
  );
}
