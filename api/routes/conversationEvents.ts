import { z } from "@hono/zod-openapi";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { type ConversationEvent, isEventId, newestEventId } from "../../db/conversationEvents.ts";
import { keepsEvent } from "../../db/conversationFeed.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Routes } from "../route.ts";

/** So often a comment goes out where nothing else does, so that no proxy takes the connection for dead. */
const HEART_BEAT_MS = 15_000;
/** A listener that has taken nothing for so long is left. */
const STALLED_MS = 60_000;
/** Then the client comes again, with a key that is checked again. */
const LONGEST_MS = 10 * 60_000;
const RETRY_MS = 2_000;

const Query = z.object({
  last_event_id: z
    .string()
    .max(40)
    .optional()
    .openapi({ description: "For clients that cannot send the header Last-Event-ID." }),
});

const example = `id: 81923-5104
event: message_in
data: {"conversation_id":"0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20","subject_id":"0199c3a0-6a01-7b3e-8c11-9a5d1f3e7b42","change":{},"at":"2026-11-03T14:05:00.000Z"}

`;

/** The live feed of conversations. */
export const conversationEventRoutes: Routes = ({ stream }, deps) => {
  stream(
    {
      operationId: "watchConversations",
      method: "get",
      path: "/v1/conversations/events",
      tag: "Conversations",
      summary: "Watch messages and changes as they happen (server-sent events)",
      description:
        "Each event has an id; send the last one as Last-Event-ID to go on from there, and nothing is missed. Without one it begins now. `ready` comes first; `reset` in its place says that the event you name is kept no more: load the lists again. Ends after ten minutes or when the server stops: connect again. Event kinds: message_in, message_out (a new one, or `change.state` says how it stands now), opened, pending, closed, status, assigned, handed_off, escalated, note, tags, draft, csat, read, burst; `subject_id` is the message, note, draft or member concerned. Events carry ids and states, no text.",
      query: Query,
      produces: { "text/event-stream": { schema: { type: "string" }, example } },
      errors: ["validation"],
    },
    async ({ c, auth, query, inWorkspace }) => {
      const given = c.req.header("last-event-id") ?? query.last_event_id;
      if (given !== undefined && !isEventId(given)) throw noEventId();
      const { from, resumes } = await inWorkspace(async (tx) =>
        given !== undefined && (await keepsEvent(tx, auth.workspaceId, given))
          ? { from: given, resumes: true }
          : { from: await newestEventId(tx, auth.workspaceId), resumes: given === undefined },
      );
      const left = new AbortController();
      const ending = AbortSignal.any([left.signal, AbortSignal.timeout(LONGEST_MS)]);
      const pages = deps.feed.listen(auth.workspaceId, from, HEART_BEAT_MS, ending);
      return streamSSE(c, async (out) => {
        out.onAbort(() => left.abort());
        const hello = { event: resumes ? "ready" : "reset", id: from, retry: RETRY_MS, data: "{}" };
        try {
          await taken(out, out.writeSSE(hello));
          for await (const page of pages) await tell(out, page);
        } catch (error) {
          // The listener comes back by itself; what the error says is not for it.
          deps.log.warn({ why: (error as Error).name, request_id: c.var.requestId }, "a live feed broke off");
        }
      });
    },
  );
};

async function tell(out: SSEStreamingApi, page: readonly ConversationEvent[]): Promise<void> {
  if (page.length === 0) await taken(out, out.write(": quiet\n\n"));
  for (const { id, kind, ...event } of page)
    await taken(out, out.writeSSE({ id, event: kind, data: JSON.stringify(event) }));
}

/** Waits until the listener has room again: nothing piles up for one that is slow. */
async function taken(out: SSEStreamingApi, writing: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => out.abort(), STALLED_MS);
  await writing;
  clearTimeout(timer);
}

const noEventId = () =>
  new DomainError("validation", "This is no id of an event of this feed.", {
    field: "last-event-id",
    fix: "Send the id of the last event you got, unchanged, or none.",
  });
