import { condition } from '@temporalio/workflow';
import type { RequestReply, SessionRequest } from '../contracts/protocol/session';
import type { SessionEvent } from '../domain/session/events';
import type { SessionStatus } from '../domain/session/state';

/** What has come in and was not yet accepted by a turn. */
export class Inbox {
  private waiting: SessionEvent[];
  private readonly replies = new Map<string, RequestReply>();
  private wokenFor: number | undefined;

  constructor(events: SessionEvent[]) {
    this.waiting = [...events];
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** The time for which a timer fired since the last turn, in milliseconds since the session started. */
  get wokenAt(): number | undefined {
    return this.wokenFor;
  }

  get events(): readonly SessionEvent[] {
    return this.waiting;
  }

  add(...events: SessionEvent[]): void {
    for (const event of events) {
      if (this.waiting.every(({ id }) => id !== event.id)) this.waiting.push(event);
    }
  }

  wake(at: number): void {
    this.wokenFor = at;
  }

  /** Adds the request and waits until a turn has taken it in; one that was taken in before is answered likewise. */
  async ask(request: SessionRequest): Promise<RequestReply> {
    this.add(request);
    await condition(() => this.replies.has(request.id));
    const reply = this.replies.get(request.id);
    if (!reply) throw new Error('a condition resolved although it does not hold');
    return reply;
  }

  /** Takes the event out, for the turn that accepted or dropped it. */
  take(id: string): SessionEvent | undefined {
    const found = this.waiting.find((event) => event.id === id);
    if (found) this.waiting = this.waiting.filter((event) => event !== found);
    return found;
  }

  slept(): void {
    this.wokenFor = undefined;
  }

  reply(refusals: ReadonlyMap<string, string | undefined>, status: SessionStatus): void {
    refusals.forEach((refused, id) => this.replies.set(id, { status, ...(refused !== undefined && { refused }) }));
  }
}
