import { referencesInTemplates } from '../expressions/template-references';
import type { PlanIssue } from '../plan/issue';
import type { ConnectorSpec } from './agent';

const secretHeader = /^(?:proxy-)?authorization$|^cookie$|(?:api-?key|token|secret|password)$/i;
const secretVariable = /(?:secret|token|password|(?:api|access|private)_?key)$/i;
const addressWithPassword = /^[a-z]+:\/\/[^/?#]*:[^/?#]*@/i;

const remedy = 'whoever sees the agent would see it: put ${{ secrets.NAME }} there, and set that secret of the agent';

/**
 * What stands in the settings as it is although its name says that it is a secret. Definitions are stored and shown as they were written; secrets of agents are
 * encrypted, and never shown.
 */
export function plainSecretsIn(connector: ConnectorSpec): PlanIssue[] {
  const named = (key: string, values: Record<string, string>, isSecret: RegExp): PlanIssue[] =>
    Object.entries(values)
      .filter(([name, value]) => isSecret.test(name) && isPlain(value))
      .map(([name]) => ({ path: [key, name], message: `holds a secret, and ${remedy}` }));
  switch (connector.connector) {
    case 'command':
      return Array.isArray(connector.env) ? [] : named('env', connector.env, secretVariable);
    case 'http':
    case 'a2a':
      return [
        ...named('headers', connector.headers, secretHeader),
        ...(addressWithPassword.test(connector.url) && isPlain(connector.url)
          ? [{ path: ['url'], message: `holds a password, and ${remedy}` }]
          : []),
      ];
    default:
      return [];
  }
}

function isPlain(value: string): boolean {
  return value !== '' && referencesInTemplates(value).length === 0;
}
