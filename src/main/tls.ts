import { readFileSync } from 'node:fs';
import type { SecureVersion } from 'node:tls';
import { OrchestraError } from '../domain/errors';
import type { Configuration } from './configuration';

export interface TlsOptions {
  cert: Buffer;
  key: Buffer;
  minVersion: SecureVersion;
}

/** The certificate that the API shows; undefined where it speaks HTTP. Throws USAGE for files that cannot be read. */
export function readTls({ tls }: Pick<Configuration, 'tls'>): TlsOptions | undefined {
  if (!tls) return undefined;
  const read = (variable: string, file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch (error) {
      throw new OrchestraError('USAGE', `${variable} cannot be read: ${(error as Error).message}.`, { cause: error });
    }
  };
  return {
    cert: read('ORCHESTRA_TLS_CERT', tls.cert),
    key: read('ORCHESTRA_TLS_KEY', tls.key),
    minVersion: tls.minVersion,
  };
}
