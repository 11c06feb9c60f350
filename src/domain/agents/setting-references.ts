import { didYouMean } from '../did-you-mean';
import { referencesInTemplates } from '../expressions/template-references';
import type { Reference } from '../expressions/reference';
import type { PlanIssue } from '../plan/issue';
import { identifierPattern } from '../plan/names';
import type { ConnectorSpec } from './agent';
import { settingTemplates } from './setting-templates';

/** What becomes a secret's value must not be stored or shown: outputs and folders are. */
const settingsWithSecrets: ReadonlySet<string> = new Set(['command', 'env', 'url', 'headers']);

const knownPaths = ['secrets.NAME', 'session.id', 'workspace', 'model'];

/** Names of the secrets that the settings refer to, in the order in which they come. */
export function secretsOf(connector: ConnectorSpec): string[] {
  const names = settingTemplates(connector)
    .filter(({ key }) => settingsWithSecrets.has(key))
    .flatMap(({ value }) => referencesInTemplates(value))
    .flatMap((found) => ('reference' in found && found.reference.root === 'secrets' ? found.reference.segments : []));
  return [...new Set(names.map(String))];
}

/** Templates that cannot be read, or name what an agent outside of a plan cannot know. */
export function validateSettings(connector: ConnectorSpec, hasModels: boolean): PlanIssue[] {
  return settingTemplates(connector).flatMap(({ key, value }) =>
    referencesInTemplates(value).flatMap((found) => {
      const message = 'fault' in found ? found.fault : faultOf(found.reference, { key, hasModels });
      return message === undefined ? [] : [{ path: [key, ...found.path], message }];
    }),
  );
}

function faultOf(
  { root, segments, text }: Reference,
  { key, hasModels }: { key: string; hasModels: boolean },
): string | undefined {
  const [first] = segments;
  switch (root) {
    case 'secrets':
      if (segments.length !== 1 || typeof first !== 'string' || !identifierPattern.test(first)) {
        return `"${text}": a secret is named as secrets.NAME, by letters, digits and "_"`;
      }
      if (settingsWithSecrets.has(key)) return undefined;
      return `"${text}": secrets are known only in ${[...settingsWithSecrets].join(', ')}, not in "${key}"`;
    case 'session':
      return segments.length === 1 && first === 'id'
        ? undefined
        : `"${text}": of the session, only session.id is known`;
    case 'workspace':
      return segments.length === 0 ? undefined : `"${text}": nothing follows workspace`;
    case 'model':
      if (segments.length > 0) return `"${text}": nothing follows model`;
      return hasModels ? undefined : `"${text}": an agent with one model has none to choose: list them under "models"`;
    case 'inputs':
    case 'tasks':
    case 'item':
    case 'index':
    case 'output':
      return `"${text}" is known only inside a plan, and an agent of the registry works for any: pass it in the task's prompt or input`;
    default: {
      const hint = didYouMean(root, ['secrets', 'session', 'workspace', 'model']);
      return `"${text}" is not known here${hint}; known are ${knownPaths.join(', ')}`;
    }
  }
}
