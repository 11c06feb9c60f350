import { availableParallelism } from 'node:os';
import { delimiter, isAbsolute, resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { z } from 'zod';
import type { FrontSettings } from '../api/build-api';
import type { FunctionDirectories } from '../connectors/function/find-function';
import type { RequestLimits } from '../domain/access/request-limits';
import { workspaceName } from '../contracts/schemas/workspace-name';
import { OrchestraError } from '../domain/errors';
import { defaultPolicy } from '../domain/health/circuit-breaker';
import type { BreakerPolicy } from '../domain/health/circuit-breaker';
import { allowedWords, numberIn, valueWords } from './environment-values';
import { payloadEncryptions } from './payload-encryption';
import type { PayloadEncryption } from './payload-encryption';
import { corsOriginsSchema, publicUrlSchema, rateLimitsSchema, trustedProxiesSchema } from './front-settings';
import { jwtAlgorithms } from './jwt-settings';
import { logLevels } from '../telemetry/log-levels';
import type { LogLevel } from '../telemetry/log-levels';
import type { JwtSettings, LoginSettings } from './jwt-settings';
import { parseSecretKeys } from './secret-keys';
import type { SecretKey } from './secret-keys';

/** As sizes are written for people. */
const bytesOfGb = 1024 ** 3;

const keyList = z.string().transform((text, context) => {
  const keys = parseSecretKeys(text);
  if (typeof keys !== 'string') return keys;
  // Without the value, which messages must not show.
  context.issues.push({ code: 'custom', message: keys, input: undefined });
  return z.NEVER;
});

/** Empty counts as unset: what hands a variable on that nobody has set, an image or a compose file, leaves it empty. */
const unlessEmpty = <T extends z.ZodType>(schema: T) =>
  z.preprocess((text) => (text === '' ? undefined : text), schema);
const place = unlessEmpty(z.string().optional());

/** What is wrong is said without the value, which has a password. */
const databasePlace = unlessEmpty(
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol),
      'is no address of a database: write postgres://USER:PASSWORD@HOST:5432/DATABASE, with # / ? % and @ in a password as %23 %2F %3F %25 and %40',
    )
    .optional(),
);

const environmentSchema = z.object({
  ORCHESTRA_DATA: unlessEmpty(z.string().default('.orchestra')),
  ORCHESTRA_TEMPORAL_ADDRESS: place,
  ORCHESTRA_TEMPORAL_EXECUTABLE: place,
  ORCHESTRA_TEMPORAL_DURABILITY: z.enum(['normal', 'full']).default('normal'),
  DATABASE_URL: databasePlace,
  ORCHESTRA_DATABASE_OWNER_URL: databasePlace,
  ORCHESTRA_DATABASE_DISK_GB: numberIn({ above: 0, most: 1_000_000_000, isWhole: false }).optional(),
  ORCHESTRA_WORKSPACE: workspaceName.default('default'),
  ORCHESTRA_TASK_QUEUE: z.string().min(1).default('orchestra'),
  // Temporal writes a version as DEPLOYMENT.BUILD.
  ORCHESTRA_DEPLOYMENT: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'takes a name of letters, digits, _ and -, at most 100')
    .optional(),
  ORCHESTRA_BUILD_ID: unlessEmpty(
    z
      .string()
      .regex(/^[\w.+-]{1,100}$/, 'takes letters, digits, _, ., + and -, at most 100')
      .optional(),
  ),
  ORCHESTRA_LEASE_MS: numberIn({ least: 500 }).default(15_000),
  ORCHESTRA_GRANT_MS: numberIn({ least: 1 }).default(600_000),
  ORCHESTRA_CONTINUE_AFTER_EVENTS: numberIn({ least: 50, most: 10_000 }).default(2_500),
  ORCHESTRA_AGENT_CAPACITY: numberIn({ least: 1 }).default(200),
  ORCHESTRA_FUNCTION_DIRECTORIES: z
    .string()
    .transform((text) => text.split(delimiter).filter((directory) => directory !== ''))
    .refine((directories) => directories.every(isAbsolute), `takes absolute paths, with ${delimiter} between them`)
    .optional(),
  ORCHESTRA_FUNCTION_THREADS: numberIn({ least: 1, most: 64 }).default(Math.max(2, availableParallelism())),
  ORCHESTRA_SECRET_KEYS: keyList.optional(),
  ORCHESTRA_AUDIT: z.enum(['changes', 'everything']).default('changes'),
  ORCHESTRA_AUDIT_KEYS: keyList.optional(),
  ORCHESTRA_AUDIT_ANCHORS: z.string().min(1).optional(),
  ORCHESTRA_PAYLOAD_ENCRYPTION: z.enum(payloadEncryptions).default('off'),
  ORCHESTRA_CODEC_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .pipe(
      z.array(z.string().regex(/^https?:\/\/[^/\s]+$/, 'takes origins such as https://temporal.example, with commas')),
    )
    .optional(),
  ORCHESTRA_TLS_CERT: z.string().min(1).optional(),
  ORCHESTRA_TLS_KEY: z.string().min(1).optional(),
  ORCHESTRA_TLS_MIN_VERSION: z.enum(['TLSv1.2', 'TLSv1.3']).default('TLSv1.3'),
  ORCHESTRA_JWT_ISSUER: z.string().min(1).optional(),
  ORCHESTRA_JWT_AUDIENCE: z.string().min(1).optional(),
  ORCHESTRA_JWT_KEYS: z.string().min(1).optional(),
  ORCHESTRA_JWT_ALGORITHM: z.enum(jwtAlgorithms).default('RS256'),
  ORCHESTRA_LOG_LEVEL: z.enum(logLevels).default('silent'),
  ORCHESTRA_PUBLIC_URL: publicUrlSchema,
  ORCHESTRA_LOGIN_CLIENT_ID: z.string().min(1).optional(),
  ORCHESTRA_LOGIN_CLIENT_SECRET: z.string().min(1).optional(),
  ORCHESTRA_LOGIN_CLI_CLIENT_ID: z.string().min(1).optional(),
  ORCHESTRA_LOGIN_SCOPE: z.string().min(1).default('openid'),
  ORCHESTRA_RATE_LIMITS: rateLimitsSchema,
  ORCHESTRA_CORS_ORIGINS: corsOriginsSchema,
  ORCHESTRA_TRUSTED_PROXIES: trustedProxiesSchema,
  ORCHESTRA_METRICS_ADDRESS: z
    .string()
    .regex(/^(\[[\da-fA-F:]+\]|[\w.-]+):\d{1,5}$/, 'takes a host and a port, such as 127.0.0.1:9464')
    .optional(),
  // Empty counts as unset, as OpenTelemetry has it.
  OTEL_EXPORTER_OTLP_ENDPOINT: z.preprocess(
    (text) => (text === '' ? undefined : text),
    z.url({ protocol: /^https?$/ }).optional(),
  ),
  ORCHESTRA_BREAKER_MS: numberIn({ least: 1 }).default(defaultPolicy.firstOpenMs),
  ORCHESTRA_RETENTION_DAYS: numberIn({ above: 0, isWhole: false }).default(30),
  ORCHESTRA_LEARNING_INTERVAL_MS: numberIn({ least: 1_000 }).default(15_000),
  ORCHESTRA_HEALTH_INTERVAL_MS: numberIn({ least: 1_000 }).default(30_000),
  ORCHESTRA_EVENTS_HEARTBEAT_MS: numberIn({ least: 100 }).default(15_000),
  ORCHESTRA_EVENTS_BUFFER_BYTES: numberIn({ least: 65_536 }).default(1_048_576),
  ORCHESTRA_EVENTS_LONGEST_MS: numberIn({ least: 100, most: 86_400_000 }).optional(),
  ORCHESTRA_PRIVATE_WEBHOOKS: z.enum(['allow', 'refuse']).optional(),
  ORCHESTRA_EMBEDDINGS_URL: z.url({ protocol: /^https?$/ }).optional(),
  ORCHESTRA_EMBEDDINGS_MODEL: z.string().min(1).default('text-embedding-3-small'),
  ORCHESTRA_EMBEDDINGS_KEY: z.string().min(1).optional(),
  ORCHESTRA_EMBEDDINGS_MIN_SIMILARITY: numberIn({ least: -1, most: 1, isWhole: false }).default(0.3),
});

/** All that the environment decides, parsed once. */
export interface Configuration {
  dataDirectory: string;
  /** Servers to use instead of the embedded ones. */
  temporal?: ClientConnectConfig & { namespace: string };
  databaseUrl?: string;
  /** Who owns the tables of that database, where `databaseUrl` names somebody who does not. */
  databaseOwnerUrl?: string;
  /** How large that database may become on its disk, where somebody has stated it. */
  databaseDiskBytes?: number;
  temporalExecutable?: string;
  durability: 'normal' | 'full';
  workspace: string;
  taskQueue: string;
  /** What the workers of this process are a version of, in Temporal's Worker Versioning. */
  version?: WorkerDeploymentVersion;
  leaseMs: number;
  grantMs: number;
  continueAfterEvents: number;
  agentCapacity: number;
  /** Of functions beside plans: where their modules may lie, and how many a process calls at once. */
  functions: { directories: FunctionDirectories; threads: number };
  retentionDays: number;
  breaker: BreakerPolicy;
  /** How often new outcomes are learnt. */
  learningIntervalMs: number;
  /** How often everything is looked at. */
  healthIntervalMs: number;
  /** Of live events: how often a subscriber hears that he is still connected, what may wait for one who reads slowly, and when a stream ends. */
  events: { heartbeatMs: number; bufferBytes: number; longestMs?: number };
  /** Whether receivers of alerts may be on this machine or in its network. */
  privateWebhooks: boolean;
  /** What memories are compared by, beside their words. */
  embeddings?: { url: string; model: string; key?: string; minSimilarity: number };
  /** The first one encrypts. */
  secretKeys?: readonly SecretKey[];
  audit: {
    scope: 'changes' | 'everything';
    /** The first one signs. */
    keys?: readonly SecretKey[];
    /** Where signed anchors are kept besides. */
    anchorFile?: string;
  };
  /** Where the Temporal Web UI is served that may ask the API for payloads. */
  codecOrigins: readonly string[];
  /** Files of the certificate that the API shows. */
  tls?: { cert: string; key: string; minVersion: 'TLSv1.2' | 'TLSv1.3' };
  /** Of what Temporal keeps. */
  payloadEncryption: PayloadEncryption;
  /** JWTs that the API takes besides its own tokens. */
  jwt?: JwtSettings;
  /** How people log in with browsers. */
  login?: LoginSettings & { publicUrl: string };
  /** Of requests to the API; undefined for none. */
  requestLimits: RequestLimits | undefined;
  front: FrontSettings;
  /** Of the log on stderr. */
  logLevel: LogLevel;
  /** Where this process says what it measures, and whether it is ready. */
  metricsAddress?: { host: string; port: number };
  /** Where spans are sent to, over OTLP/HTTP. */
  traceEndpoint?: string;
}

/** Reads the environment; `--data` of the command line goes before ORCHESTRA_DATA. Throws USAGE naming the variable. */
export function readConfiguration(environment: NodeJS.ProcessEnv, dataDirectory?: string): Configuration {
  const parsed = environmentSchema.safeParse(environment, { error: allowedWords });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = String(issue?.path[0]);
    throw new OrchestraError(
      'USAGE',
      `The environment variable ${name} is not usable: ${issue?.message}.${valueWords(name, environment[name])}`,
    );
  }
  if (dataDirectory === '') throw new OrchestraError('USAGE', '--data names no folder. Name one, or leave it out.');
  const { data } = parsed;
  const temporal = temporalConnection(environment, data.ORCHESTRA_TEMPORAL_ADDRESS);
  return {
    dataDirectory: resolve(dataDirectory ?? data.ORCHESTRA_DATA),
    ...(temporal && { temporal }),
    ...(data.DATABASE_URL !== undefined && { databaseUrl: data.DATABASE_URL }),
    ...databaseOwner(data),
    ...(data.ORCHESTRA_DATABASE_DISK_GB !== undefined && {
      databaseDiskBytes: data.ORCHESTRA_DATABASE_DISK_GB * bytesOfGb,
    }),
    ...(data.ORCHESTRA_TEMPORAL_EXECUTABLE !== undefined && { temporalExecutable: data.ORCHESTRA_TEMPORAL_EXECUTABLE }),
    durability: data.ORCHESTRA_TEMPORAL_DURABILITY,
    workspace: data.ORCHESTRA_WORKSPACE,
    taskQueue: data.ORCHESTRA_TASK_QUEUE,
    ...deployedVersion(data),
    leaseMs: data.ORCHESTRA_LEASE_MS,
    grantMs: data.ORCHESTRA_GRANT_MS,
    continueAfterEvents: data.ORCHESTRA_CONTINUE_AFTER_EVENTS,
    agentCapacity: data.ORCHESTRA_AGENT_CAPACITY,
    functions: {
      // Who brings a database along may take plans from others, whose functions would run beside its password.
      directories: data.ORCHESTRA_FUNCTION_DIRECTORIES ?? (data.DATABASE_URL === undefined ? 'plan' : []),
      threads: data.ORCHESTRA_FUNCTION_THREADS,
    },
    retentionDays: data.ORCHESTRA_RETENTION_DAYS,
    breaker: { firstOpenMs: data.ORCHESTRA_BREAKER_MS, longestOpenMs: 30 * data.ORCHESTRA_BREAKER_MS },
    learningIntervalMs: data.ORCHESTRA_LEARNING_INTERVAL_MS,
    healthIntervalMs: data.ORCHESTRA_HEALTH_INTERVAL_MS,
    audit: {
      scope: data.ORCHESTRA_AUDIT,
      ...(data.ORCHESTRA_AUDIT_KEYS !== undefined && { keys: data.ORCHESTRA_AUDIT_KEYS }),
      ...(data.ORCHESTRA_AUDIT_ANCHORS !== undefined && { anchorFile: resolve(data.ORCHESTRA_AUDIT_ANCHORS) }),
    },
    payloadEncryption: data.ORCHESTRA_PAYLOAD_ENCRYPTION,
    events: {
      heartbeatMs: data.ORCHESTRA_EVENTS_HEARTBEAT_MS,
      bufferBytes: data.ORCHESTRA_EVENTS_BUFFER_BYTES,
      ...(data.ORCHESTRA_EVENTS_LONGEST_MS !== undefined && { longestMs: data.ORCHESTRA_EVENTS_LONGEST_MS }),
    },
    logLevel: data.ORCHESTRA_LOG_LEVEL,
    requestLimits: data.ORCHESTRA_RATE_LIMITS ?? undefined,
    front: { corsOrigins: data.ORCHESTRA_CORS_ORIGINS, trustedProxies: data.ORCHESTRA_TRUSTED_PROXIES },
    ...metricsAddress(data.ORCHESTRA_METRICS_ADDRESS),
    ...(data.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined && { traceEndpoint: data.OTEL_EXPORTER_OTLP_ENDPOINT }),
    ...jwtSettings(data),
    ...tlsFiles(data),
    codecOrigins: data.ORCHESTRA_CODEC_ORIGINS ?? [],
    ...loginSettings(data),
    // Who brings a database along may have users whom the network behind it is no business of.
    privateWebhooks:
      (data.ORCHESTRA_PRIVATE_WEBHOOKS ?? (data.DATABASE_URL === undefined ? 'allow' : 'refuse')) === 'allow',
    ...(data.ORCHESTRA_EMBEDDINGS_URL !== undefined && {
      embeddings: {
        url: data.ORCHESTRA_EMBEDDINGS_URL,
        model: data.ORCHESTRA_EMBEDDINGS_MODEL,
        ...(data.ORCHESTRA_EMBEDDINGS_KEY !== undefined && { key: data.ORCHESTRA_EMBEDDINGS_KEY }),
        minSimilarity: data.ORCHESTRA_EMBEDDINGS_MIN_SIMILARITY,
      },
    }),
    ...(data.ORCHESTRA_SECRET_KEYS !== undefined && { secretKeys: data.ORCHESTRA_SECRET_KEYS }),
  };
}

function tlsFiles(data: z.output<typeof environmentSchema>): Pick<Configuration, 'tls'> {
  const { ORCHESTRA_TLS_CERT: cert, ORCHESTRA_TLS_KEY: key, ORCHESTRA_TLS_MIN_VERSION: minVersion } = data;
  if (cert !== undefined && key !== undefined) return { tls: { cert, key, minVersion } };
  if (cert === undefined && key === undefined) return {};
  throw new OrchestraError('USAGE', 'For TLS, set ORCHESTRA_TLS_CERT and ORCHESTRA_TLS_KEY, both of them.');
}

/** Throws USAGE where a version has no name. A build id alone says nothing: images have one, whatever they are used for. */
function deployedVersion(data: z.output<typeof environmentSchema>): Pick<Configuration, 'version'> {
  const { ORCHESTRA_DEPLOYMENT: deploymentName, ORCHESTRA_BUILD_ID: buildId } = data;
  if (deploymentName === undefined) return {};
  if (buildId !== undefined) return { version: { deploymentName, buildId } };
  throw new OrchestraError(
    'USAGE',
    'Workers of ORCHESTRA_DEPLOYMENT need ORCHESTRA_BUILD_ID, which tells their version from others.',
  );
}

function metricsAddress(text: string | undefined): Pick<Configuration, 'metricsAddress'> {
  if (text === undefined) return {};
  const at = text.lastIndexOf(':');
  return { metricsAddress: { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) } };
}

function databaseOwner(data: z.output<typeof environmentSchema>): { databaseOwnerUrl?: string } {
  const { ORCHESTRA_DATABASE_OWNER_URL: databaseOwnerUrl, DATABASE_URL: databaseUrl } = data;
  if (databaseOwnerUrl === undefined) return {};
  if (databaseUrl !== undefined) return { databaseOwnerUrl };
  throw new OrchestraError(
    'USAGE',
    'ORCHESTRA_DATABASE_OWNER_URL is of no use without DATABASE_URL: set both, or none.',
  );
}

/** Issuer and audience, or none of it: with less, tokens would be trusted that were made for something else. */
function jwtSettings(data: z.output<typeof environmentSchema>): { jwt?: JwtSettings } {
  const { ORCHESTRA_JWT_ISSUER: issuer, ORCHESTRA_JWT_AUDIENCE: audience, ORCHESTRA_JWT_KEYS: keys } = data;
  if (issuer !== undefined && audience !== undefined) {
    return { jwt: { issuer, audience, ...(keys !== undefined && { keys }), algorithm: data.ORCHESTRA_JWT_ALGORITHM } };
  }
  if (issuer === undefined && audience === undefined && keys === undefined) return {};
  throw new OrchestraError(
    'USAGE',
    'For JWTs, set both ORCHESTRA_JWT_ISSUER and ORCHESTRA_JWT_AUDIENCE; ORCHESTRA_JWT_KEYS too, where the issuer does not say itself where its keys are.',
  );
}

/** Throws USAGE where something is missing that a login takes. */
function loginSettings(data: z.output<typeof environmentSchema>): Pick<Configuration, 'login'> {
  const { ORCHESTRA_LOGIN_CLIENT_ID: clientId, ORCHESTRA_LOGIN_CLIENT_SECRET: clientSecret } = data;
  if (clientId === undefined) return {};
  const { ORCHESTRA_PUBLIC_URL: publicUrl } = data;
  const { jwt } = jwtSettings(data);
  if (!jwt || publicUrl === undefined) {
    throw new OrchestraError(
      'USAGE',
      'For logins, set ORCHESTRA_JWT_ISSUER, ORCHESTRA_JWT_AUDIENCE and ORCHESTRA_PUBLIC_URL besides ORCHESTRA_LOGIN_CLIENT_ID.',
    );
  }
  const { issuer, audience } = jwt;
  const secret = clientSecret === undefined ? {} : { clientSecret };
  const cliClientId = data.ORCHESTRA_LOGIN_CLI_CLIENT_ID ?? (clientSecret === undefined ? clientId : undefined);
  const ofCli = cliClientId === undefined ? {} : { cliClientId };
  return { login: { issuer, audience, clientId, ...secret, ...ofCli, scope: data.ORCHESTRA_LOGIN_SCOPE, publicUrl } };
}

/** Namespace, TLS and API key come from Temporal's own environment configuration (TEMPORAL_NAMESPACE, TEMPORAL_TLS, …). */
function temporalConnection(environment: NodeJS.ProcessEnv, address: string | undefined): Configuration['temporal'] {
  if (address === undefined) return undefined;
  const config = temporalsOwn(environment);
  return {
    ...config,
    connectionOptions: { ...config.connectionOptions, address },
    namespace: config.namespace ?? 'default',
  };
}

function temporalsOwn(environment: NodeJS.ProcessEnv): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars: definedOnly(environment) });
  } catch (cause) {
    throw new OrchestraError(
      'USAGE',
      `Temporal's own configuration is not usable: ${(cause as Error).message}. Look at TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE and the other variables TEMPORAL_….`,
      { cause },
    );
  }
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
