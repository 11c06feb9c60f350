import type { AuditAction } from '../domain/audit/audit-entry';

/** Who does the same a thousand times in this time makes two entries. */
const countingMs = 60_000;
/** As many are counted on their own at a time; the others of each workspace together. */
const maxCounted = 1_000;

interface Counted {
  workspace: string;
  /** Milliseconds since 1970. */
  since: number;
  /** How many came after the first. */
  count: number;
  /** The latest of them. */
  action: AuditAction;
}

/** Actions of which thousands may come in a moment: the first of somebody is kept at once, the others as a number. */
export class AlikeActions {
  /** The oldest first. */
  private readonly counted = new Map<string, Counted>();
  private timer: NodeJS.Timeout | undefined;

  /** @param keep never throws */
  constructor(
    private readonly now: () => number,
    private readonly keep: (workspace: string, action: AuditAction) => void,
  ) {}

  /** @param who equal for those that are counted together */
  add(workspace: string, who: string, action: AuditAction): void {
    this.endOld();
    const own = `${workspace}\0${who}`;
    const name = this.counted.has(own) || this.counted.size < maxCounted ? own : `${workspace}\0`;
    const known = this.counted.get(name);
    if (known) {
      known.count++;
      known.action = action;
      return;
    }
    this.counted.set(name, { workspace, since: this.now(), count: 0, action });
    this.keep(workspace, action);
    this.tellLater();
  }

  /** Keeps what has been counted. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.endThose(() => true);
  }

  private endOld(): void {
    this.endThose(({ since }) => this.now() - since >= countingMs);
  }

  private endThose(isOver: (counted: Counted) => boolean): void {
    for (const [name, counted] of this.counted) {
      if (!isOver(counted)) break;
      this.counted.delete(name);
      const { workspace, action, count } = counted;
      if (count > 0) this.keep(workspace, { ...action, count });
    }
  }

  /** Also where nobody comes any more. */
  private tellLater(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.endOld();
      if (this.counted.size > 0) this.tellLater();
    }, countingMs).unref();
  }
}
