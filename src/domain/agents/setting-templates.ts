import type { Json } from '../json';
import type { ConnectorSpec } from './agent';

/** The settings of a connector that may hold `${{ }}` templates, by their keys. */
export function settingTemplates(connector: ConnectorSpec): { key: string; value: Json }[] {
  const at = (key: string, value: Json | undefined): { key: string; value: Json }[] =>
    value === undefined ? [] : [{ key, value }];
  switch (connector.connector) {
    case 'command':
      return [
        ...at('command', connector.command),
        ...at('cwd', connector.cwd),
        ...(Array.isArray(connector.env) ? [] : at('env', connector.env)),
      ];
    case 'http':
    case 'a2a':
      return [...at('url', connector.url), ...at('headers', connector.headers)];
    case 'simulated':
    case 'transform':
      return at('output', connector.output);
    case 'remote':
    case 'function':
      return [];
  }
}
