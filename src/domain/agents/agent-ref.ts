import type { AgentKey } from './agent';

/** How an agent of the registry is named in a workspace: by its name, and with its own workspace before it where that is another. */
export function agentRef({ workspace, name }: AgentKey, inWorkspace: string): string {
  return workspace === inWorkspace ? name : `${workspace}/${name}`;
}

/** A text that tells agents of all workspaces apart. */
export function agentId({ workspace, name }: AgentKey): string {
  return `${workspace}/${name}`;
}

/** The key of an agent that is named by `agentRef`. */
export function agentKey(ref: string, inWorkspace: string): AgentKey {
  const at = ref.indexOf('/');
  return at === -1 ? { workspace: inWorkspace, name: ref } : { workspace: ref.slice(0, at), name: ref.slice(at + 1) };
}

const hostMark = '@';

/** An agent that lives on a host is in the registry as `agent@host`: with as many hosts, it is there as often. */
export function instanceName(agent: string, host: string): string {
  return `${agent}${hostMark}${host}`;
}

/** The parts of `agent@host`; no host for an agent that can be reached from anywhere. */
export function splitInstance(name: string): { agent: string; host?: string } {
  const at = name.indexOf(hostMark);
  return at === -1 ? { agent: name } : { agent: name.slice(0, at), host: name.slice(at + hostMark.length) };
}

/** Keys of the rooms that an attempt of the agent takes a place in: its own, and that of its host. */
export function roomsOf({ workspace, name }: AgentKey): AgentKey[] {
  const { host } = splitInstance(name);
  return [{ workspace, name }, ...(host === undefined ? [] : [hostRoom(workspace, host)])];
}

export function hostRoom(workspace: string, host: string): AgentKey {
  return { workspace, name: `${hostMark}${host}` };
}
