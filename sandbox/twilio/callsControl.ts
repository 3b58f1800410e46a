import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { z } from "zod";
import type { Sandbox } from "../sandbox.ts";
import { acknowledged } from "../webhooks.ts";
import { NewCall, Service } from "./callsModel.ts";

/** Steers and judges calls: who calls, what becomes of their transcripts, what was asked of the stand-in and how often. */
export function callControl(sandbox: Sandbox): Hono {
  const { state } = sandbox;
  const app = new Hono();

  /** Answers once the call has been answered by TwiML; it goes on by itself. */
  app.post("/calls", async (c) => {
    const asked = parse(NewCall, await c.req.json().catch(() => undefined));
    const holder = [...state.numbers.values()].find((number) => number.address === asked.to);
    const [first] = state.accounts.values();
    const account = state.accounts.get(asked.account_sid ?? holder?.account_sid ?? first?.sid ?? "");
    if (!account) throw new HTTPException(404, { message: "account_sid: no such account" });
    const { call, answer } = await sandbox.calls.place(account, asked);
    return c.json(
      {
        call_sid: call.sid,
        status: call.status,
        verbs: call.verbs,
        acknowledged: acknowledged(answer),
        webhook_status: answer.status,
        answer: answer.body,
      },
      201,
    );
  });

  app.post("/intelligence-services", async (c) => {
    const { account_sid, ...service } = parse(Service, await c.req.json().catch(() => undefined));
    const [first] = state.accounts.values();
    const account = state.accounts.get(account_sid ?? first?.sid ?? "");
    if (!account) throw new HTTPException(404, { message: "account_sid: no such account" });
    sandbox.record({ k: "service", v: { ...service, account_sid: account.sid } });
    return c.json({ sid: service.sid }, 201);
  });

  /** The ledger of calls: every recording with the transcripts that were asked for. `twice` should be 0. */
  app.get("/calls", (c) => {
    const accountSid = c.req.query("account_sid");
    const calls = [...state.calls.values()].filter(
      (call) => (accountSid ?? call.account_sid) === call.account_sid,
    );
    const recordings = Map.groupBy(state.recordings.values(), (recording) => recording.call_sid);
    const transcripts = Map.groupBy(state.transcripts.values(), (transcript) => transcript.source_sid);
    const rows = calls.map((call) => ({
      call_sid: call.sid,
      from: call.asked.from,
      to: call.asked.to,
      status: call.status,
      verbs: call.verbs,
      recordings: (recordings.get(call.sid) ?? []).map((recording) => {
        const own = transcripts.get(recording.sid) ?? [];
        return {
          recording_sid: recording.sid,
          duration: recording.duration,
          channels: recording.channels,
          deleted: recording.deleted,
          heard: recording.heard,
          transcripts: own.map(({ sid, ends, deleted }) => ({ sid, ends, deleted })),
        };
      }),
    }));
    // One more than failed is one too many: a retry after a failure is another one by right.
    const twice = rows
      .flatMap((row) => row.recordings)
      .filter((one) => one.transcripts.filter(({ ends }) => ends === "completed").length > 1).length;
    return c.json({ calls: rows, twice, pending: sandbox.calls.pending + sandbox.webhooks.pending });
  });
  return app;
}

function parse<T extends z.ZodType>(schema: T, given: unknown): z.infer<T> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new HTTPException(400, { message: z.prettifyError(parsed.error) });
  return parsed.data;
}
