import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/*
 * What the processes reach is in the network policies; what they call is in the code. Both are read here: a duty that begins to call others, and whose
 * pods may not, fails.
 */

/** The module that has what each process does, by the words of its command. */
const modules: Record<string, string> = {
  migrate: 'src/main/migrate-running.ts',
  api: 'src/main/api.ts',
  'worker sessions': 'src/main/session-duty.ts',
  'worker agents': 'src/main/agent-duty.ts',
  'worker learning': 'src/main/learning-duty.ts',
  'worker health': 'src/main/health-duty.ts',
};

/** Requests to whoever is named by users and configuration, and programs, which call whom they like. */
const callsOthers = /\bfetch\(|\brequest as request|from '(openid-client|execa|undici|@a2a-js\/sdk\/client)'/;
const imports = /^(?:import|export) (?!type\b)[^;]*?from '(\.[^']+)'/gm;

/** Those that call others, of this module and all that it imports; what is loaded later is what the command line asks for, in `main` alone. */
function callersBehind(module: string, seen = new Set<string>()): string[] {
  if (seen.has(module)) return [];
  seen.add(module);
  const text = readFileSync(join(process.cwd(), module), 'utf8');
  const next = [...text.matchAll(imports)].flatMap(([, name = '']) => {
    const path = join(dirname(module), name);
    return [`${path}.ts`, `${path}/index.ts`].filter((file) => existsSync(join(process.cwd(), file)));
  });
  return [...(callsOthers.test(text) ? [module] : []), ...next.flatMap((one) => callersBehind(one, seen))];
}

interface Resource {
  kind: string;
  metadata: { name: string };
  spec: {
    template: { metadata: { labels: Record<string, string> }; spec: { containers: { args: string[] }[] } };
    podSelector: {
      matchLabels?: Record<string, string>;
      matchExpressions?: { key: string; operator: string; values: string[] }[];
    };
    policyTypes: string[];
    egress?: { to?: { ipBlock?: { cidr: string; except?: string[] } }[]; ports?: { port: number }[] }[];
  };
}

const base = join(process.cwd(), 'deploy/kubernetes/base');
const resources = readdirSync(base)
  .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
  .flatMap((file) => parseAllDocuments(readFileSync(join(base, file), 'utf8')))
  .map((document) => document.toJS() as Resource);

const processes = resources
  .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
  .map(({ spec: { template } }) => {
    const words = (template.spec.containers[0]?.args ?? []).join(' ').replace(/ --.*/, '');
    return { words, labels: template.metadata.labels };
  });

/** What pods with these labels may open connections to. */
function egressOf(labels: Record<string, string>): NonNullable<Resource['spec']['egress']> {
  const policies = resources.filter(({ kind, spec }) => {
    if (kind !== 'NetworkPolicy' || !spec.policyTypes.includes('Egress')) return false;
    const { matchLabels = {}, matchExpressions = [] } = spec.podSelector;
    expect(matchExpressions.map(({ operator }) => operator).filter((operator) => operator !== 'In')).toEqual([]);
    return (
      Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
      matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''))
    );
  });
  expect(policies.length).toBeGreaterThan(0);
  return policies.flatMap(({ spec }) => spec.egress ?? []);
}

test('every process of the manifests is looked at', () => {
  expect(processes.map(({ words }) => words).sort()).toEqual(Object.keys(modules).sort());
});

test.each(processes)('`$words` reaches its servers, whom it calls, and nobody else', ({ words, labels }) => {
  const egress = egressOf(labels);
  const callers = callersBehind(modules[words] ?? '');
  const anywhere = egress.filter(({ ports }) => !ports);
  expect({ words, callers, reachesOthers: anywhere.length > 0 }).toEqual({
    words,
    callers,
    reachesOthers: callers.length > 0,
  });
  const blocks = anywhere.flatMap(({ to }) => to ?? [{}]).map(({ ipBlock }) => ipBlock);
  // Whoever is told an address by a user is not to ask the cloud for the keys of this machine.
  for (const block of blocks) expect(block).toEqual({ cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] });
  const ports = egress.flatMap((rule) => (rule.to ? [] : (rule.ports ?? []).map(({ port }) => port)));
  expect(new Set(ports)).toEqual(new Set([53, 5432, 7233, 4318]));
});

test('calls of webhooks, agents, health and logins are found in the code', () => {
  const of = (words: string): string[] => callersBehind(modules[words] ?? '');
  const requests = 'src/connectors/http/exchange.ts';
  for (const worker of ['sessions', 'agents', 'health']) expect(of(`worker ${worker}`)).toContain(requests);
  expect(of('worker agents')).toContain('src/connectors/command/run-process.ts');
  expect(of('api')).toContain('src/main/oidc.ts');
});
