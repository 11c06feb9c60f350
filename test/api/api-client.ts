import { apiRoutes } from '../../src/api/api-routes';
import type { Gateway } from '../../src/api/gateway';
import { openApiDocument } from '../../src/api/openapi/document';
import type { AgentWorkDependencies } from '../../src/api/routes/agent-work';
import type { Role } from '../../src/domain/access/roles';
import { createApiToken } from '../../src/main/api-tokens';
import type { TestInstallation } from '../helpers/servers/test-installation';

export interface Answer {
  status: number;
  headers: Headers;
  /** Null where there is none. */
  body: Record<string, unknown> | null;
}

export interface Sent {
  body?: unknown;
  headers?: Record<string, string>;
}

interface OpenApi {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
}

/** As it is served: routes say of themselves what they are, and none is called for it. */
export const document = openApiDocument(apiRoutes({} as Gateway, {} as AgentWorkDependencies)) as unknown as OpenApi;

export async function tokenOf(installation: TestInstallation, role: Role, workspace = 'default'): Promise<string> {
  const expiresAt = Date.now() + 3_600_000;
  return (await createApiToken(installation.apiTokens, workspace, { name: role, role, expiresAt })).token;
}

/** A program that uses the API with a token. It fails where an answer is none that the document has. */
export class ApiClient {
  constructor(
    private readonly url: string,
    private readonly token?: string,
  ) {}

  get(path: string, headers?: Record<string, string>): Promise<Answer> {
    return this.send('GET', path, headers && { headers });
  }

  post(path: string, body: unknown = {}, headers?: Record<string, string>): Promise<Answer> {
    return this.send('POST', path, { body, ...(headers && { headers }) });
  }

  async send(method: string, path: string, { body, headers }: Sent = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    requireDocumented(method, path, response.status);
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) return firstOf(response);
    const text = await response.text();
    const { status, headers: given } = response;
    if (given.get('content-type')?.startsWith('application/x-ndjson'))
      return { status, headers: given, body: { lines: linesOf(text) } };
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : (JSON.parse(text) as Record<string, unknown>),
    };
  }
}

function linesOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

/** Of an answer that goes on. */
async function firstOf({ status, headers, body }: Response): Promise<Answer> {
  const reader = body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return { status, headers, body: { first: Buffer.from(value ?? []).toString() } };
}

const operationsByPath = Object.entries(document.paths).map(([url, operations]) => ({
  pattern: new RegExp(`^${url.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  operations,
}));

function requireDocumented(method: string, path: string, status: number): void {
  const [pathname = ''] = path.split('?');
  const known = operationsByPath.find(
    ({ pattern, operations }) => operations[method.toLowerCase()] && pattern.test(pathname),
  );
  const responses = known?.operations[method.toLowerCase()]?.responses;
  if (responses && !(status in responses)) {
    throw new Error(`${method} ${path} answered ${status}, which ${Object.keys(responses).join(', ')} are documented`);
  }
}
