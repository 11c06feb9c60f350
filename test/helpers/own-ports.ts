let next = 0;

/** A port that no other program and no other test process asks for, for tests in which it has to be free once more, or at a later moment. */
export function ownPort(): number {
  // Below the range from which systems take ports for outgoing connections, and for those who ask for any.
  return 12_000 + ((process.pid * 30 + next++) % 18_000);
}

export function ownPorts(): { temporal: number; webUi: number; postgres: number } {
  return { temporal: ownPort(), webUi: ownPort(), postgres: ownPort() };
}
