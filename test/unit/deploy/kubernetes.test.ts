import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { parse, parseAllDocuments } from 'yaml';
import { healthQueue, learningQueue } from '../../../src/contracts/protocol/queues';
import { readConfiguration } from '../../../src/main/configuration';

interface Container {
  args: string[];
  env?: unknown;
  envFrom?: unknown;
  ports?: { name: string; containerPort: number }[];
  resources: { requests: object; limits: object };
  [probe: string]: unknown;
}

interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: { template: { metadata: { labels: Record<string, string> }; spec: { containers: Container[] } } } & Record<
    string,
    never
  >;
}

const models = [
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  ScaledObject,
  Secret,
  Service,
  ServiceAccount,
] as unknown as (new (data: object) => { validate(): void })[];

const folder = join(process.cwd(), 'deploy/kubernetes');

function read(path: string): Resource[] {
  return parseAllDocuments(readFileSync(join(folder, path), 'utf8')).map((document) => document.toJS() as Resource);
}

const files = ['base', 'keda'].flatMap((name) =>
  readdirSync(join(folder, name)).flatMap((file) =>
    file.endsWith('.yaml') && file !== 'kustomization.yaml' ? [`${name}/${file}`] : [],
  ),
);

function check(resource: Resource): void {
  const Model = models.find(({ name }) => name === resource.kind);
  if (!Model) throw new Error(`no schema of ${resource.kind}`);
  // kubectl folds what is long, which Kubernetes takes.
  new Model(resource.kind === 'Secret' ? unfolded(resource) : resource).validate();
}

function unfolded(secret: Resource & { data?: Record<string, string> }): object {
  const data = Object.entries(secret.data ?? {}).map(([key, value]) => [key, value.replaceAll('\n', '')]);
  return { ...secret, data: Object.fromEntries(data) as object };
}

test.each(files)('%s is by the schemas of Kubernetes and KEDA', (file) => {
  const resources = read(file);
  expect(resources.length).toBeGreaterThan(0);
  resources.forEach(check);
});

test('what is not by the schema is found', () => {
  const [deployment] = read('base/session-worker.yaml');
  const container = { name: 'worker', image: 7 };
  const wrong = { ...deployment, spec: { ...deployment?.spec, template: { spec: { containers: [container] } } } };
  expect(() => check(wrong as unknown as Resource)).toThrow();
});

test('every file is a resource of its kustomization', () => {
  for (const name of ['base', 'keda']) {
    const { resources } = parse(readFileSync(join(folder, name, 'kustomization.yaml'), 'utf8')) as {
      resources: string[];
    };
    const listed = resources.filter((one) => !one.startsWith('../')).map((one) => `${name}/${one}`);
    expect(listed.sort()).toEqual(files.filter((file) => file.startsWith(`${name}/`)).sort());
  }
});

test('the configuration is one that the program takes', () => {
  const { configMapGenerator } = parse(readFileSync(join(folder, 'base/kustomization.yaml'), 'utf8')) as {
    configMapGenerator: { literals: string[] }[];
  };
  const secrets = readFileSync(join(folder, 'base/secrets.example.env'), 'utf8').trim().split('\n');
  const lines = [...(configMapGenerator[0]?.literals ?? []), ...secrets];
  const environment = Object.fromEntries(lines.map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]));
  expect(readConfiguration(environment as NodeJS.ProcessEnv)).toMatchObject({
    metricsAddress: { port: 9464 },
    temporal: { connectionOptions: { address: 'temporal-frontend.temporal:7233' } },
    secretKeys: [{ id: 'first' }],
    audit: { keys: [{ id: 'a1' }] },
    // All requests come from the ingress controller: without it, its users would share one address.
    front: { trustedProxies: ['10.0.0.0/8'] },
  });
});

interface ScaledSpec {
  scaleTargetRef: object;
  minReplicaCount: number;
  triggers: { type: string; metadata: Record<string, string> }[];
}

/** By what each kind of worker is scaled. */
function queuesOf(path: string): { name: string; metadata: Record<string, string> }[] {
  return read(path).map(({ metadata: { name }, spec }) => {
    const { triggers } = spec as unknown as ScaledSpec;
    expect(triggers).toMatchObject([{ type: 'temporal' }]);
    return { name, metadata: triggers[0]?.metadata ?? {} };
  });
}

function withoutReplicas(resource: Resource): object {
  const { replicas: _, ...spec } = (resource.spec ?? {}) as { replicas?: number };
  return { ...resource, spec };
}

test('the command for the first token is one of the image, in a pod that waits for no token', () => {
  const guide = readFileSync(join(process.cwd(), 'docs/deploy.md'), 'utf8');
  const [, deployment, program] =
    /kubectl exec -n agent-orchestra deploy\/(\S+) -- node (\S+) tokens create/.exec(guide) ?? [];
  const [pod] = read(`base/${deployment}.yaml`);
  expect(pod).toMatchObject({ kind: 'Deployment', metadata: { name: 'session-worker' } });
  const dockerfile = readFileSync(join(process.cwd(), 'deploy/Dockerfile'), 'utf8');
  expect(dockerfile).toContain(`"/app/${program}"`);
  expect([...dockerfile.matchAll(/^WORKDIR (.*)$/gm)].at(-1)?.[1]).toBe('/app');
});

test('workers are scaled by the queues that they take from', () => {
  const scaled = queuesOf('keda/scaled-objects.yaml').map(({ name, metadata }) => [
    ...[name, metadata['taskQueue'], metadata['queueTypes']],
  ]);
  expect(scaled).toEqual([
    ['session-worker', 'orchestra', 'workflow'],
    ['agent-worker', 'orchestra', 'activity'],
    ['learning-worker', learningQueue('orchestra'), 'activity'],
    ['health-worker', healthQueue('orchestra'), 'activity'],
  ]);
  expect(readConfiguration({}).taskQueue).toBe('orchestra');
});

test('the image says which version its workers are', () => {
  const dockerfile = readFileSync(join(process.cwd(), 'deploy/Dockerfile'), 'utf8');
  expect(dockerfile).toMatch(/^ARG BUILD_ID\nENV ORCHESTRA_BUILD_ID=\$\{BUILD_ID\}$/m);
  const environment = { ORCHESTRA_DEPLOYMENT: 'agent-orchestra' };
  const version = { deploymentName: 'agent-orchestra', buildId: '0.1.0' };
  expect(readConfiguration({ ...environment, ORCHESTRA_BUILD_ID: '0.1.0' })).toMatchObject({ version });
  expect(readConfiguration({ ORCHESTRA_BUILD_ID: '0.1.0' })).not.toHaveProperty('version');
  // Built without the argument, and workers that are to be a version nevertheless.
  expect(() => readConfiguration({ ...environment, ORCHESTRA_BUILD_ID: '' })).toThrow(/need ORCHESTRA_BUILD_ID/);
});

const hasKubectl = (() => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

// The patches are applied by kubectl itself: where it is not installed, the files above are all that is looked at.
const unlooked =
  'kubectl is not on the PATH, so the manifests are not put together, and their patches are not looked at';
if (!hasKubectl)
  process.stderr.write(`test/unit/deploy/kubernetes.test.ts: ${unlooked}. Install kubectl to look at all.\n`);

(hasKubectl ? describe : describe.skip)(hasKubectl ? 'as kubectl puts them together' : unlooked, () => {
  const directory = mkdtempSync(join(tmpdir(), 'orchestra-kubernetes-'));
  let resources: Resource[];

  const put = (name: string): Resource[] =>
    parseAllDocuments(execFileSync('kubectl', ['kustomize', join(directory, name)], { encoding: 'utf8' })).map(
      (document) => document.toJS() as Resource,
    );

  beforeAll(() => {
    cpSync(folder, directory, { recursive: true });
    cpSync(join(directory, 'base/secrets.example.env'), join(directory, 'base/secrets.env'));
    resources = put('keda');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const containers = (kind: string) =>
    resources
      .filter((one) => one.kind === kind)
      .map((one) => ({ name: one.metadata.name, container: one.spec.template.spec.containers[0] }));

  test('they are by the schemas', () => {
    resources.forEach(check);
    expect(
      containers('Deployment')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['agent-worker', 'api', 'health-worker', 'learning-worker', 'session-worker']);
  });

  test('every process has probes, limits, the environment and no rights', () => {
    for (const { container } of containers('Deployment')) {
      expect(container).toMatchObject({
        livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' } },
        readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' } },
        resources: { limits: { cpu: expect.anything() as string, memory: expect.anything() as string } },
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        envFrom: [{ configMapRef: expect.anything() as object }, { secretRef: expect.anything() as object }],
      });
      expect(container?.ports).toContainEqual({ name: 'metrics', containerPort: 9464 });
    }
    expect(containers('Job').map(({ container }) => container?.args)).toEqual([['migrate']]);
  });

  const names = (of: Resource[], kind: string) =>
    of.flatMap((one) => (one.kind === kind ? [one.metadata.name] : [])).sort();

  test('workers of versions are beside each other, and everything else is there once', () => {
    const front = put('versioned/front');
    const workers = put('versioned/workers');
    [...front, ...workers].forEach(check);
    expect([names(front, 'Deployment'), names(front, 'PodDisruptionBudget')]).toEqual([['api'], ['api']]);
    const { version } = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8')) as { version: string };
    const own = ['agent', 'health', 'learning', 'session'].map(
      (role) => `${role}-worker-${version.replaceAll('.', '-')}`,
    );
    expect(names(workers, 'Deployment')).toEqual(own);
    expect(new Set(workers.map(({ kind }) => kind))).toEqual(
      new Set(['ConfigMap', 'Secret', 'Deployment', 'PodDisruptionBudget']),
    );
    for (const { kind, spec } of workers) {
      const label = { 'orchestra-version': version };
      // Who chose by less would choose the workers of other versions as well.
      if (spec) expect(spec).toMatchObject({ selector: { matchLabels: label } });
      if (kind !== 'Deployment') continue;
      const { metadata, spec: pod } = spec.template;
      expect(metadata.labels).toMatchObject({ ...label, orchestra: 'process' });
      expect(pod.containers).toMatchObject([
        { image: `agent-orchestra:${version}`, env: [{ name: 'ORCHESTRA_DEPLOYMENT', value: 'agent-orchestra' }] },
      ]);
    }
  });

  test('workers of a version are scaled by what their version has to do, and nobody else says how many there are', () => {
    const plain = put('versioned/workers');
    const scaled = put('versioned/scaled-workers');
    scaled.forEach(check);
    const { version } = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8')) as { version: string };
    const objects = scaled.filter(({ kind }) => kind === 'ScaledObject');
    expect(names(objects, 'ScaledObject')).toEqual(names(plain, 'Deployment'));
    for (const { metadata, spec } of objects) {
      const { scaleTargetRef, triggers, minReplicaCount } = spec as unknown as ScaledSpec;
      expect(scaleTargetRef).toEqual({ name: metadata.name });
      // With none of them, Temporal knows of no version, and it cannot be made current.
      expect(minReplicaCount).toBeGreaterThan(0);
      const [of, ...more] = queuesOf('keda/scaled-objects.yaml').filter(({ name }) => metadata.name.startsWith(name));
      expect(more).toEqual([]);
      expect(triggers).toEqual([
        {
          type: 'temporal',
          metadata: { ...of?.metadata, workerDeploymentName: 'agent-orchestra', workerDeploymentBuildId: version },
        },
      ]);
    }
    // All else is what it is without KEDA.
    const others = (of: Resource[]) => of.filter(({ kind }) => kind !== 'ScaledObject').map(withoutReplicas);
    expect(others(scaled)).toEqual(others(plain));
    for (const { kind, spec } of scaled) if (kind === 'Deployment') expect(spec).not.toHaveProperty('replicas');
  });
});
