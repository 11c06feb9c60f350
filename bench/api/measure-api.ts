import autocannon from 'autocannon';
import { createApiToken } from '../../src/main/api-tokens';
import type { LocalInstallation } from '../../src/main/local';
import { summarize } from '../statistics';
import type { Summary } from '../statistics';
import { startApiProcess, startBareProcess } from './api-processes';
import type { MeasuredServer } from './api-processes';
import { creation, measuredOperations } from './operations';
import type { MeasuredOperation } from './operations';

/** What one side comes to. */
export interface ApiLoad {
  requestsPerSecond: Summary;
  /** By autocannon, in whole milliseconds. */
  p99Ms: Summary;
}

/** One operation of the API beside a bare Fastify route with the same validation. */
export interface ApiComparison {
  operation: string;
  connections: number;
  /** Of each measurement. */
  seconds: number;
  project: ApiLoad;
  bare: ApiLoad;
  /** Of the pairs of neighbouring measurements: requests a second, project over bare. */
  ratio: Summary;
}

interface Measurement {
  perSecond: number;
  p99Ms: number;
}

const connections = 10;
const seconds = 5;
const warmUpSeconds = 2;

/** As many as a page of the list holds. */
const sessions = 50;

/** Asks the API and the bare routes in turn, one directly after the other; both are processes of their own. */
export async function measureApi(
  installation: LocalInstallation,
  dataDirectory: string,
  repetitions: number,
  say: (line: string) => void,
): Promise<ApiComparison[]> {
  const token = await createApiToken(installation.apiTokens, 'default', {
    name: 'bench',
    role: 'user',
    expiresAt: Date.now() + 3_600_000,
  });
  const headers = { authorization: `Bearer ${token.token}` };
  const api = await startApiProcess(dataDirectory);
  try {
    const made = await fill(api.url, headers);
    const [session, page] = await Promise.all([
      read(`${api.url}/v1/sessions/${made}`, headers),
      read(`${api.url}/v1/sessions`, headers),
    ]);
    const bare = await startBareProcess({ session, page });
    try {
      const comparisons: ApiComparison[] = [];
      for (const operation of measuredOperations(made)) {
        comparisons.push(await compare(operation, { api, bare }, headers, repetitions, say));
      }
      return comparisons;
    } finally {
      await bare.stop();
    }
  } finally {
    await api.stop();
  }
}

async function compare(
  operation: MeasuredOperation,
  { api, bare }: { api: MeasuredServer; bare: MeasuredServer },
  headers: Record<string, string>,
  repetitions: number,
  say: (line: string) => void,
): Promise<ApiComparison> {
  for (const { url } of [api, bare]) await ask(url, operation, headers, warmUpSeconds);
  const pairs: { ours: Measurement; theirs: Measurement }[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const ours = await ask(api.url, operation, headers, seconds);
    const theirs = await ask(bare.url, operation, headers, seconds);
    pairs.push({ ours, theirs });
    say(`${operation.name}: ${ours.perSecond.toFixed(0)} a second to ${theirs.perSecond.toFixed(0)}`);
  }
  const loadOf = (measured: readonly Measurement[]): ApiLoad => ({
    requestsPerSecond: summarize(measured.map(({ perSecond }) => perSecond)),
    p99Ms: summarize(measured.map(({ p99Ms }) => p99Ms)),
  });
  return {
    operation: operation.name,
    connections,
    seconds,
    project: loadOf(pairs.map(({ ours }) => ours)),
    bare: loadOf(pairs.map(({ theirs }) => theirs)),
    ratio: summarize(pairs.map(({ ours, theirs }) => ours.perSecond / theirs.perSecond)),
  };
}

/** Throws where a request was not answered, or not as it should: a refusal costs little. */
async function ask(
  url: string,
  { method, path, body }: MeasuredOperation,
  headers: Record<string, string>,
  duration: number,
): Promise<Measurement> {
  const result = await autocannon({
    url: `${url}${path}`,
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
    connections,
    duration,
    // Not in this process, where the workers are.
    workers: 1,
  });
  if (result.errors + result.timeouts + result.non2xx > 0) {
    throw new Error(
      `${method} ${path}: ${result.errors} errors, ${result.timeouts} timeouts, ${result.non2xx} refused`,
    );
  }
  return { perSecond: result.requests.total / result.duration, p99Ms: result.latency.p99 };
}

/** As many sessions as a page holds; hands back the id of one. */
async function fill(url: string, headers: Record<string, string>): Promise<string> {
  let id = '';
  for (let nth = 0; nth < sessions; nth++) {
    const answer = await fetch(`${url}${creation.path}`, {
      method: creation.method,
      headers: { ...headers, 'content-type': 'application/json' },
      body: creation.body,
    });
    if (answer.status !== 202) throw new Error(`a session was not made: ${await answer.text()}`);
    ({ id } = (await answer.json()) as { id: string });
  }
  return id;
}

async function read(url: string, headers: Record<string, string>): Promise<object> {
  return (await (await fetch(url, { headers })).json()) as object;
}
