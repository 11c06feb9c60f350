/** Why a task was skipped, failed, cancelled or waits, in words; undefined where the reason says nothing more than the status. */
export function reasonWords(reason: string | null): string | undefined {
  switch (reason) {
    case 'condition':
      return 'its condition is false';
    case 'need':
      return 'a task that it needs failed';
    case 'session-failed':
      return 'the session failed';
    case 'session-cancelled':
      return 'the session was cancelled';
    case 'cancelled':
      return 'somebody cancelled it';
    case 'session-timeout':
      return 'the session ran into its timeout';
    case 'task-timeout':
      return 'it ran into its taskTimeout';
    case 'evaluation':
      return 'its condition, list or inputs could not be evaluated';
    case 'items':
      return 'items failed';
    case 'racers':
      return 'none of its racers succeeded';
    case 'race-lost':
      return 'another agent was first';
    case 'no-other-agent':
      return 'there was no other agent for it';
    case 'retry':
      return 'before its next attempt';
    case 'rate-limit':
      return 'its agent is at a rate limit';
    case 'budget':
      return 'its budget has no room for it';
    case 'conflict':
      return 'others have what it writes or reads';
    default:
      return undefined;
  }
}

/** What a waiting task waits for, where nothing more is known of it. */
export function waitWords(reason: string | null): string {
  switch (reason) {
    case 'capacity':
      return 'waits for an agent with room';
    case 'places':
      return 'waits for room in the workspace';
    case 'rate':
      return 'waits until the workspace starts attempts again';
    case 'conflict':
      return 'waits for what others read or write';
    case 'budget':
      return 'waits for its budget';
    case 'rate-limit':
      return 'waits for its rate limit';
    default:
      return 'waits for its next attempt';
  }
}
