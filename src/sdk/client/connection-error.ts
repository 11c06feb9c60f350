/** No answer of the API came: the network broke off, time ran out, or somebody else answered. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(
    message: string,
    /** `timeout`: no answer in time. `closed`: the client was closed. */
    readonly reason: 'network' | 'timeout' | 'not-the-api' | 'closed',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get retryable(): boolean {
    return this.reason === 'network' || this.reason === 'timeout';
  }
}
