let next = 0;

/** Ports that no other program and no other test process asks for, for tests in which the same port has to be free again later. */
export function ownPorts(): { temporal: number; webUi: number; postgres: number } {
  // Below the range from which systems take ports for outgoing connections.
  const first = 12_000 + ((process.pid * 30 + 3 * next++) % 18_000);
  return { temporal: first, webUi: first + 1, postgres: first + 2 };
}
