/** A binary heap: the first few of many are found without sorting the rest. `comesBefore` must be a strict order. */
export class Heap<T> {
  private readonly items: T[];

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
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = items[parent] as T;
      if (!this.comesBefore(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
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

  /** Puts the first item where it belongs after it has got worse. */
  sinkFirst(): void {
    if (this.items.length > 0) this.sink(0);
  }

  private sink(start: number): void {
    const { items, comesBefore } = this;
    const item = items[start] as T;
    let at = start;
    for (let child = 2 * at + 1; child < items.length; child = 2 * at + 1) {
      if (child + 1 < items.length && comesBefore(items[child + 1] as T, items[child] as T)) child++;
      const below = items[child] as T;
      if (!comesBefore(below, item)) break;
      items[at] = below;
      at = child;
    }
    items[at] = item;
  }
}
