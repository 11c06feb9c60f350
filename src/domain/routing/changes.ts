/** Entries that are remembered before the oldest half is forgotten. */
const maxRemembered = 10_000;

/** What has changed, in order, for those who keep something that follows from it: each notes how far it has read. */
export class Changes<Entry> {
  private latest: Entry[] = [];
  private forgotten = 0;

  get mark(): number {
    return this.forgotten + this.latest.length;
  }

  note(entry: Entry): void {
    if (this.latest.length >= maxRemembered) this.forgotten += this.latest.splice(0, maxRemembered / 2).length;
    this.latest.push(entry);
  }

  /** Each once; undefined where some of it is forgotten by now. */
  since(mark: number): Set<Entry> | undefined {
    return mark < this.forgotten ? undefined : new Set(this.latest.slice(mark - this.forgotten));
  }
}
