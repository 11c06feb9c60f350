import type { AgentCard, AgentInterface } from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import type { AttemptReport } from '../../contracts/ports/connector';
import type { A2aAgent } from '../../domain/plan/plan';
import { oversizedReport } from '../failure-reports';
import { connectionReport, publicAddress } from '../http/address';
import { answerReport } from '../http/answer-report';
import { exchange } from '../http/exchange';
import { lowerCased } from '../http/lower-cased';

export interface Conversation {
  agentName: string;
  agent: A2aAgent;
  url: URL;
  /** Of one answer. */
  limitBytes: number;
  /** Milliseconds since 1970. */
  now(): number;
  /** The `traceparent` of the attempt. */
  trace: string | undefined;
}

/** A call that came to no answer of the protocol, and what that is evidence of. */
export class FailedCall extends Error {
  constructor(readonly report: AttemptReport) {
    super(report.error);
  }
}

/** A client of the agent. What goes wrong below the protocol rejects with FailedCall, everything else with an error of the SDK. */
export async function openClient(conversation: Conversation): Promise<Client> {
  // Loaded when it is needed: most processes never speak with such an agent.
  const { ClientFactory, JsonRpcTransportFactory, RestTransportFactory } = await import('@a2a-js/sdk/client');
  const { url, transport, protocolVersion, tenant = '' } = conversation.agent;
  const options = { fetchImpl: fetchOver(conversation), legacyCompat: { enabled: true } };
  const factory = new ClientFactory({
    transports: [new JsonRpcTransportFactory(options), new RestTransportFactory(options)],
  });
  const protocolBinding = transport === 'jsonrpc' ? 'JSONRPC' : 'HTTP+JSON';
  return factory.createFromAgentCard(cardOf(conversation.agentName, { url, protocolBinding, protocolVersion, tenant }));
}

/** The part of a card that a client needs. */
function cardOf(name: string, agentInterface: AgentInterface): AgentCard {
  return {
    name,
    description: '',
    version: '',
    supportedInterfaces: [agentInterface],
    provider: undefined,
    capabilities: undefined,
    securitySchemes: {},
    securityRequirements: [],
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
    signatures: [],
  };
}

/** The SDK's requests as those of the http connector: no timeout of their own, no redirects, bounded answers. */
function fetchOver({ agentName, agent, url, limitBytes, now, trace }: Conversation): typeof fetch {
  return async (input, init) => {
    const address = publicAddress(url);
    const target = new URL(input instanceof Request ? input.url : input);
    const headers = {
      ...lowerCased(agent.headers),
      ...lowerCased(init?.headers as Record<string, string>),
      ...(trace !== undefined && { traceparent: trace }),
    };
    const answer = await exchange({
      method: init?.method ?? 'GET',
      url: target,
      headers,
      body: typeof init?.body === 'string' ? init.body : '',
      limitBytes,
      signal: init?.signal ?? new AbortController().signal,
    }).catch((error: unknown) => {
      throw new FailedCall(connectionReport(agentName, url, error));
    });
    if (answer.status < 200 || answer.status > 299) {
      throw new FailedCall(answerReport({ agentName, address, answer, limitBytes, nowMs: now() }));
    }
    if (answer.oversized) throw new FailedCall(oversizedReport(agentName, 'answer', limitBytes));
    const body = answer.body.length === 0 ? null : new Uint8Array(answer.body);
    return new Response(body, { status: answer.status });
  };
}
