/** Works out the next two while the caller deals with this one: neither waits for the other. */
export async function* ahead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  const ask = () => {
    const next = items.next();
    // Whoever stops early never asks for it; its failure is not to bring the process down.
    next.catch(() => undefined);
    return next;
  };
  const waiting = [ask(), ask()];
  try {
    for (;;) {
      const { value, done } = await (waiting.shift() as ReturnType<typeof ask>);
      if (done) return;
      waiting.push(ask());
      yield value;
    }
  } finally {
    await items.return(undefined);
  }
}
