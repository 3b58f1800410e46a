/** One server-sent event; comments are passed over. */
interface Told {
  id: string;
  event: string;
  // Tests look into events of every shape.
  data: {
    conversation_id?: string;
    subject_id?: string | null;
    change?: Record<string, unknown>;
  };
}

export type Listener = Awaited<ReturnType<typeof listenTo>>;

/** Listens to a live feed over HTTP; `next` gives the events one after the other, undefined at the end. */
export async function listenTo(url: string, key: string, after?: string) {
  const left = new AbortController();
  const response = await fetch(url, {
    signal: left.signal,
    headers: { authorization: `Bearer ${key}`, ...(after !== undefined && { "last-event-id": after }) },
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<Told | undefined> => {
    for (;;) {
      const end = text.indexOf("\n\n");
      if (end >= 0) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
        if (field("event") === "") continue;
        return { id: field("id"), event: field("event"), data: JSON.parse(field("data")) };
      }
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) return undefined;
      text += chunk.value;
    }
  };
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    next,
    /** The next event of this kind; others are passed over. */
    async nextOf(kind: string): Promise<Told | undefined> {
      for (;;) {
        const told = await next();
        if (told === undefined || told.event === kind) return told;
      }
    },
    leave: () => left.abort(),
  };
}
