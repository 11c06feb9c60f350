/**
 * The process groups of running agents, by the process id of their leader. `src/main` supplies it, so that agents are ended even when this
 * process is killed.
 */
export interface ProcessGroups {
  /** Has the group ended by a watchdog if this process dies before `release`. */
  watch(pid: number): { release(): void };
  /**
   * Ends all processes of the group: SIGTERM, then SIGKILL after `graceMs`. Resolves once the group is gone, at once if it is already.
   */
  end(pid: number, graceMs: number): Promise<void>;
}
