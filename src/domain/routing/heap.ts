/** A binary heap: the first few of many are found without sorting the rest. `comesBefore` must be a strict order. */
export class Heap<T> {
  protected readonly items: T[];

  /** Takes over the array. */
  constructor(
    items: T[],
    private readonly comesBefore: (left: T, right: T) => boolean,
  ) {
    this.items = items;
    for (let at = (items.length >>> 1) - 1; at >= 0; at--) this.sink(at);
  }

  get first(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    const { items } = this;
    this.rise(items.push(item) - 1);
  }

  pop(): T | undefined {
    const { items } = this;
    const [first] = items;
    const last = items.pop();
    if (items.length > 0) {
      items[0] = last as T;
      this.sink(0);
    }
    return first;
  }

  /** Puts the item there; for those who want to know where each item is. */
  protected place(at: number, item: T): void {
    this.items[at] = item;
  }

  protected rise(start: number): void {
    const { items, comesBefore } = this;
    const item = items[start] as T;
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = items[parent] as T;
      if (!comesBefore(item, above)) break;
      this.place(at, above);
      at = parent;
    }
    this.place(at, item);
  }

  protected sink(start: number): void {
    const { items, comesBefore } = this;
    const item = items[start] as T;
    let at = start;
    for (let child = 2 * at + 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && comesBefore(items[child + 1] as T, items[child] as T)) child++;
      const below = items[child] as T;
      if (!comesBefore(below, item)) break;
      this.place(at, below);
      at = child;
    }
    this.place(at, item);
  }
}
