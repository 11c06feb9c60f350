/** A payload of Temporal. */
export interface WorkspacePayload {
  metadata?: Record<string, Uint8Array> | null;
  data?: Uint8Array | null;
}

/** Payloads of one workspace, for somebody who asks for them by hand. */
export interface WorkspaceCodec {
  /** Decodes those payloads that are encrypted, which must be of the workspace. Throws TOKEN_FORBIDDEN and PAYLOAD_UNREADABLE. */
  decodeOf(workspace: string, payloads: readonly WorkspacePayload[]): WorkspacePayload[];
  /** Encrypts for the workspace, whether or not new payloads are encrypted. Throws USAGE where there is no key. */
  encodeFor(workspace: string, payloads: readonly WorkspacePayload[]): WorkspacePayload[];
}
