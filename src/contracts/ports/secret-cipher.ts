/** Whose secret it is: a sealed value opens nowhere else. */
export interface SecretPlace {
  workspace: string;
  agent: string;
  name: string;
}

/** An encrypted value. */
export interface SealedSecret {
  keyId: string;
  nonce: Uint8Array;
  ciphertext: Uint8Array;
  tag: Uint8Array;
}

/** Encrypts with the first of its keys, decrypts with all. Throws USAGE where there are none. */
export interface SecretCipher {
  /** Of the key that new values are encrypted with. */
  currentKeyId(): string;
  seal(value: string, place: SecretPlace): SealedSecret;
  /** Throws SECRET_UNREADABLE. */
  open(sealed: SealedSecret, place: SecretPlace): string;
}
