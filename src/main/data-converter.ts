import type { DataConverter } from '@temporalio/common';
import type { WorkspaceCodec } from '../contracts/ports/workspace-codec';
import type { Configuration } from './configuration';
import { createPayloadCodec } from './payload-codec';
import { loadSecretKeys } from './secret-keys';

export interface PayloadConversion {
  /** For the client and the workers of an installation. */
  converter: DataConverter;
  codec: WorkspaceCodec;
}

/** How payloads are written for Temporal. Throws USAGE where they are to be encrypted and there is no key. */
export function payloadConversion(configuration: Configuration, namespace: string): PayloadConversion {
  const { payloadEncryption: mode } = configuration;
  const keys = mode === 'off' ? undefined : loadSecretKeys(configuration);
  const codec = createPayloadCodec({ mode, namespace, loadKeys: () => keys ?? loadSecretKeys(configuration) });
  return {
    codec,
    converter: {
      payloadCodecs: [codec],
      ...(mode !== 'off' && { failureConverterPath: require.resolve('./failure-converter') }),
    },
  };
}
