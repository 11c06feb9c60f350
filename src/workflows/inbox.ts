import { condition } from '@temporalio/workflow';
import type { NumberedTurn } from '../contracts/protocol/activities';
import type { RequestReply, SessionRequest } from '../contracts/protocol/session';
import type { SessionEvent } from '../domain/session/events';
import type { SessionStatus } from '../domain/session/state';

/** What has come in and was not yet taken in by a turn, in order of arrival. */
export class Inbox {
  private readonly waiting = new Map<string, SessionEvent>();
  /** Requests whose senders wait, and their answers. */
  private readonly replies = new Map<string, RequestReply | undefined>();
  private wokenFor: number | undefined;
  private brought: NumberedTurn | undefined;

  constructor(events: readonly SessionEvent[]) {
    this.add(...events);
  }

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  get events(): SessionEvent[] {
    return [...this.waiting.values()];
  }

  /** The time for which a timer fired since the last turn, in milliseconds since the session started. */
  get wokenAt(): number | undefined {
    return this.wokenFor;
  }

  add(...events: SessionEvent[]): void {
    for (const event of events) {
      if (!this.waiting.has(event.id)) this.waiting.set(event.id, event);
    }
  }

  /** A turn that was taken where an attempt ended, or the session was started. */
  bring(turn: NumberedTurn): void {
    this.brought = turn;
  }

  /** Takes out the turn of that number, if it was brought; one of an earlier number has been taken in already, by this or another name. */
  takeBrought(number: number): NumberedTurn | undefined {
    const { brought } = this;
    this.brought = undefined;
    return brought?.number === number ? brought : undefined;
  }

  wake(at: number): void {
    this.wokenFor = at;
  }

  slept(): void {
    this.wokenFor = undefined;
  }

  /** Adds the request and waits until a turn has taken it in; one that was taken in before is answered likewise. */
  async ask(request: SessionRequest): Promise<RequestReply> {
    this.replies.set(request.id, undefined);
    this.add(request);
    await condition(() => this.replies.get(request.id) !== undefined);
    const reply = this.replies.get(request.id);
    if (!reply) throw new Error('a condition resolved although it does not hold');
    return reply;
  }

  /** Takes the event out, for the turn that accepted or dropped it. */
  take(id: string): SessionEvent | undefined {
    const found = this.waiting.get(id);
    this.waiting.delete(id);
    return found;
  }

  /** Answers those who asked; the values say why something was refused. */
  reply(refusals: ReadonlyMap<string, string | undefined>, status: SessionStatus): void {
    refusals.forEach((refused, id) => {
      if (this.replies.has(id)) this.replies.set(id, { status, ...(refused !== undefined && { refused }) });
    });
  }
}
