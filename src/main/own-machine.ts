import { isIP } from 'node:net';

/** Whether only this machine is meant by the name or address of a host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Whether an address is one of this machine, without TLS: nobody else sees what is sent there. */
export function isOwnMachine({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, ''));
}
