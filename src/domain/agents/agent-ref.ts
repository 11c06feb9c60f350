import type { AgentKey } from './agent';

/** How an agent of the registry is named in a workspace: by its name, and with its own workspace before it where that is another. */
export function agentRef({ workspace, name }: AgentKey, inWorkspace: string): string {
  return workspace === inWorkspace ? name : `${workspace}/${name}`;
}

/** A text that tells agents of all workspaces apart. */
export function agentId({ workspace, name }: AgentKey): string {
  return `${workspace}/${name}`;
}
