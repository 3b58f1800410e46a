/** Values by key, each loaded once and kept for as long as all of them together have so many bytes: the latest used stay. */
export class ByteCache<T> {
  readonly #most: number;
  readonly #kept = new Map<string, { value: Promise<T>; bytes: number }>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** What cannot be loaded is asked for again the next time. */
  get(key: string, load: () => Promise<{ value: T; bytes: number }>): Promise<T> {
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known.value;
    }
    const loading = load();
    const entry = { value: loading.then((loaded) => loaded.value), bytes: 0 };
    this.#kept.set(key, entry);
    loading.then(
      ({ bytes }) => this.#weigh(key, entry, bytes),
      () => this.#kept.get(key) === entry && this.#kept.delete(key),
    );
    return entry.value;
  }

  #weigh(key: string, entry: { bytes: number }, bytes: number): void {
    entry.bytes = bytes;
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#kept) {
      if (this.#bytes <= this.#most) return;
      // Those that are still being loaded have none.
      if (oldest === key || freed === 0) continue;
      this.#kept.delete(oldest);
      this.#bytes -= freed;
    }
  }
}
