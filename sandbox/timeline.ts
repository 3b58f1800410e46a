interface Entry<T> {
  due: number;
  item: T;
}

/**
 * Hands out items when their moment (epoch ms) has come, earliest first, from one timer.
 * A binary heap: a million waiting items cost no million timers.
 */
export class Timeline<T> {
  readonly #heap: Entry<T>[] = [];
  readonly #fire: (item: T) => void;
  #timer: NodeJS.Timeout | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(fire: (item: T) => void) {
    this.#fire = fire;
  }

  get size(): number {
    return this.#heap.length;
  }

  add(due: number, item: T): void {
    const heap = this.#heap;
    let at = heap.length;
    const entry = { due, item };
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Entry<T>;
      if (parent.due <= due) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
    if (at === 0) this.#arm();
  }

  clear(): void {
    this.#heap.length = 0;
    clearTimeout(this.#timer);
    this.#wakesAt = Number.POSITIVE_INFINITY;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (!first || this.#wakesAt <= first.due) return;
    clearTimeout(this.#timer);
    this.#wakesAt = first.due;
    // setTimeout takes 31 bits; a far moment is looked at again in a day.
    const wait = Math.min(Math.max(first.due - Date.now(), 1), 86_400_000);
    this.#timer = setTimeout(() => this.#run(), wait);
  }

  #run(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = Date.now();
    // At most what is due by now: items added while running wait for the next turn.
    for (let first = this.#heap[0]; first && first.due <= now; first = this.#heap[0]) {
      this.#fire(this.#take());
    }
    this.#arm();
  }

  #take(): T {
    const heap = this.#heap;
    const top = heap[0] as Entry<T>;
    const last = heap.pop() as Entry<T>;
    if (heap.length > 0) this.#sink(last);
    return top.item;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      const right = heap[below + 1];
      if (right && right.due < (heap[below] as Entry<T>).due) below++;
      const child = heap[below] as Entry<T>;
      if (child.due >= entry.due) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = entry;
  }
}
