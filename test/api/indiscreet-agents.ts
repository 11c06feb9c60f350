import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentDefinition } from '../../src/domain/agents/agent';
import { definitionOf } from '../helpers/agent-definitions';

/** A server that answers with an error, and with the `Authorization` it was sent: an agent, or an embedder. */
export async function startEcho() {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    heard.push(authorization);
    response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ youSent: authorization }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    heard,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Says it as progress, and, once it may go on, in all other ways that a program has; and fails. */
const talk = `
const { writeSync, existsSync } = require('node:fs');
const { TOLD } = process.env;
const say = (what) => writeSync(1, JSON.stringify(what) + '\\n');
say({ type: 'progress', percent: 10, message: 'begun with ' + TOLD });
setInterval(() => {
  if (!existsSync(process.argv[1])) return;
  say({ type: 'usage', model: TOLD, tools: [TOLD] });
  writeSync(2, 'curl -H "Authorization: Bearer ' + TOLD + '" answered 401\\n');
  say({ discoveries: [{ text: 'The key is ' + TOLD }], memories: ['The key was ' + TOLD] });
  process.exit(3);
}, 20);`;

/** Its result is one that its gate chokes on. */
const answer = 'process.stdout.write(JSON.stringify({ text: process.env.ANSWERED }))';

/** Agents of the registry that speak what they were trusted with, in errors, progress, evidence, reports of their work, memories and discoveries. */
export function indiscreetAgents(echoUrl: string, trusted: Record<'told' | 'echoed' | 'answered', string>) {
  const mayGoOn = join(tmpdir(), `orchestra-go-${process.pid}`);
  const program = (script: string, name: string, ...more: string[]): Partial<AgentDefinition> => ({
    connector: {
      connector: 'command',
      command: [process.execPath, '-e', script, ...more],
      env: { [name]: `\${{ secrets.${name} }}` },
      stdin: 'json',
      output: 'json',
    },
  });
  const headers = { authorization: 'Bearer ${{ secrets.ECHOED }}' };
  return {
    definitions: [
      definitionOf('talker', program(talk, 'TOLD', mayGoOn)),
      definitionOf('answerer', program(answer, 'ANSWERED')),
      definitionOf('echoer', { connector: { connector: 'http', url: echoUrl, headers } }),
    ],
    /** Agent, name, value. */
    secrets: [
      ['talker', 'TOLD', trusted.told],
      ['answerer', 'ANSWERED', trusted.answered],
      ['echoer', 'ECHOED', trusted.echoed],
    ] as const,
    /** The talker has been heard: it may say the rest. */
    goOn: () => writeFile(mayGoOn, ''),
    close: () => rm(mayGoOn, { force: true }),
  };
}

export const indiscreetPlan = `version: 1
name: indiscreet
defaults: { retry: { attempts: 1 }, onFailure: continue }
tasks:
  talk: { agent: talker }
  echo: { agent: echoer }
  checked: { agent: answerer, gate: { check: int(output.text) > 0 } }
  away: { agent: far }
  nested: { plan: ./nested.plan.yaml, timeout: 1h }
`;
export const nestedPlan = `version: 1
name: nested
tasks: { echo: { agent: echoer, retry: { attempts: 1 } } }
`;
