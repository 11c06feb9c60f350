import { z } from 'zod';
import type { SimulatedLatency } from '../../domain/plan/plan';
import { duration, jsonValue, strictObject } from './plan-fields';

const environment = z.union([
  z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')),
  z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'), z.string()),
]);

export const argv = z.array(z.string()).min(1, 'must name the program to run');

export const outputFormat = z.enum(['json', 'text', 'lines']);

/** Keys of an agent that is a program. */
export const commandSettings = {
  connector: z.literal('command').describe('A program on the host.'),
  command: argv.describe('The program and its arguments; no shell reads them. May hold ${{ }} templates.'),
  cwd: z
    .string()
    .min(1)
    .exactOptional()
    .describe('Folder it runs in, relative to the plan file, whose folder is the default.'),
  env: environment
    .default([])
    .describe('Names of environment variables to let through, or a map of the values to set.'),
  stdin: z
    .enum(['json', 'text', 'none'])
    .default('json')
    .describe('What it reads: the task as JSON, only the prompt as text, or nothing. Default json.'),
  output: outputFormat.default('json').describe('How what it prints is read. Default json.'),
};

/** Where services are, and what they are told besides the task. */
const address = {
  url: z
    .string()
    .regex(/^(https?:\/\/|\$\{\{)/, 'must begin with https:// or http://')
    .describe('Where to. May hold ${{ }} templates.'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/, 'must be the name of an HTTP header'), z.string())
    .default({})
    .describe('Headers besides those of the orchestrator.'),
};

/** Keys of an agent that is a service. */
export const httpSettings = {
  connector: z.literal('http').describe('A service that the task is posted to as JSON.'),
  ...address,
};

/** Keys of an agent that speaks the Agent2Agent protocol. */
export const a2aSettings = {
  connector: z.literal('a2a').describe('A service that speaks the Agent2Agent protocol (A2A).'),
  ...address,
  transport: z
    .enum(['jsonrpc', 'http+json'])
    .default('jsonrpc')
    .describe('How its requests are written: as JSON-RPC, or as HTTP with JSON. Default jsonrpc.'),
  protocolVersion: z
    .enum(['1.0', '0.3'], 'must be "1.0" or "0.3", in quotes')
    .default('1.0')
    .describe('Version of the protocol. Default 1.0.'),
  tenant: z.string().min(1).exactOptional().describe('Which of the agents behind the address it is.'),
};

/** Keys of an agent that comes for its work. */
export const remoteSettings = {
  connector: z.literal('remote').describe('A program anywhere that asks for work over HTTP, with a token of its own.'),
};

export const functionSettings = {
  connector: z.literal('function').describe('A function of a program of yours, served through the SDK.'),
};

/** Keys of an agent that is a function beside the plan. */
export const moduleSettings = {
  connector: z.literal('function').describe('A function of a module beside the plan, called where the attempt runs.'),
  module: z
    .string(
      'must name the file and the function, ./tools.mjs#resize; a function of a running program is an agent of the registry',
    )
    .regex(/^[^#]+\.[cm]?[jt]s(#[A-Za-z_$][\w$]*)?$/, 'must be a file and an export of it: ./tools.mjs#resize')
    .describe(
      'File and exported function, ./tools.mjs#resize, relative to the plan file; without "#", the default export.',
    ),
};

const latency = z.union([
  duration('Always so long.', 0).transform((ms): SimulatedLatency => ({ kind: 'fixed', ms })),
  strictObject({ min: duration('Shortest.', 0), max: duration('Longest.', 0) })
    .refine(({ min, max }) => min <= max, 'min must not be longer than max')
    .transform(({ min, max }): SimulatedLatency => ({ kind: 'uniform', minMs: min, maxMs: max })),
  strictObject({ median: duration('Half of the attempts are faster.'), p90: duration('Nine of ten are faster.') })
    .refine(({ median, p90 }) => median <= p90, 'median must not be longer than p90')
    .transform(({ median, p90 }): SimulatedLatency => ({ kind: 'log-normal', medianMs: median, p90Ms: p90 })),
]);

/** Keys of an agent that is a rehearsal. */
export const simulatedSettings = {
  connector: z
    .literal('simulated')
    .describe('No agent at all: for rehearsals and tests. The same session has the same luck.'),
  latency: latency
    .default({ kind: 'fixed', ms: 0 })
    .describe('How long an attempt takes: a duration, { min, max } or { median, p90 }. Default 0ms.'),
  output: jsonValue
    .exactOptional()
    .describe('What a successful attempt hands over. May hold ${{ }} templates. Default null.'),
  script: z
    .array(z.enum(['succeeded', 'failed', 'rate_limited', 'timed_out']))
    .min(1)
    .exactOptional()
    .describe('Verdicts of the successive attempts of a task; the last one repeats.'),
  successRate: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Share of attempts that succeed where there is no script. Default 1.'),
  usage: strictObject({
    tokens: z.int().min(0).exactOptional().describe('Tokens of an attempt.'),
    costUsd: z.number().min(0).exactOptional().describe('Cost of an attempt in US dollars.'),
  })
    .exactOptional()
    .describe('What an attempt reports to have used. Unknown where it is left out.'),
};
