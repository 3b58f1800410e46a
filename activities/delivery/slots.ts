/**
 * The calls to providers that a process may have in flight, shared by all its slices.
 * Whoever asks is served in turn; a grant waits until it is worth a batch, so that slices do not
 * write their intents one by one when the process is busy.
 */
export class Slots {
  #free: number;
  readonly #worth: number;
  readonly #waiting: { most: number; grant: (n: number) => void }[] = [];

  constructor(total: number) {
    this.#free = total;
    this.#worth = Math.max(1, Math.floor(total / 16));
  }

  /** Gives between 1 and `most` slots, as soon as there are enough. */
  take(most: number): Promise<number> {
    return new Promise((grant) => {
      this.#waiting.push({ most, grant });
      this.#serve();
    });
  }

  give(n: number): void {
    this.#free += n;
    this.#serve();
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#free < Math.min(next.most, this.#worth)) return;
      const granted = Math.min(next.most, this.#free);
      this.#free -= granted;
      this.#waiting.shift();
      next.grant(granted);
    }
  }
}
