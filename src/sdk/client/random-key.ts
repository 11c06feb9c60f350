/** 128 random bits. Also on pages without TLS, where `crypto.randomUUID` is not there. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
