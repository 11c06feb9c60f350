import { Heap } from './heap';

/** A heap of the numbers below a size, each once at most, that finds every one of them: what one is worth may change. */
export class IndexedHeap extends Heap<number> {
  private readonly places: Int32Array;

  constructor(size: number, comesBefore: (left: number, right: number) => boolean) {
    super([], comesBefore);
    this.places = new Int32Array(size).fill(-1);
  }

  /** Puts the number where it belongs by now, whether it was in the heap or not. */
  put(item: number): void {
    const at = this.placeOf(item);
    if (at < 0) return this.push(item);
    this.rise(at);
    this.sink(this.placeOf(item));
  }

  override pop(): number | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(item: number): void {
    const at = this.placeOf(item);
    if (at < 0) return;
    this.places[item] = -1;
    const last = this.items.pop();
    if (last === undefined || last === item) return;
    this.place(at, last);
    this.put(last);
  }

  protected override place(at: number, item: number): void {
    super.place(at, item);
    this.places[item] = at;
  }

  private placeOf(item: number): number {
    return this.places[item] ?? -1;
  }
}
