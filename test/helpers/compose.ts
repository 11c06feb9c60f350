import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface ComposeService {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  env_file?: { path: string; required: boolean }[];
  volumes?: string[];
  ports?: string[];
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
}

export const composePath = join(process.cwd(), 'deploy/docker-compose.yml');

/** The compose file as Docker reads it, with these values for its variables. Throws where a variable that must be set is not. */
export function readCompose(variables: Readonly<Record<string, string>>): ComposeFile {
  const file = parse(readFileSync(composePath, 'utf8'), { merge: true }) as ComposeFile;
  return substituted(file, variables) as ComposeFile;
}

function substituted(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(
      /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
      (_, name: string, sign: string | undefined, text: string | undefined) => {
        const set = variables[name] ?? '';
        if (set !== '') return set;
        if (sign === '?') throw new Error(`${name}: ${text}`);
        return text ?? '';
      },
    );
  }
  if (Array.isArray(value)) return value.map((one: unknown) => substituted(one, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, substituted(one, variables)]));
}

/** Those that run this program. */
export function ownServices({ services }: ComposeFile): [string, ComposeService][] {
  return Object.entries(services).filter(([, { image }]) => image.startsWith('agent-orchestra:'));
}
