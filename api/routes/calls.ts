import { z } from "@hono/zod-openapi";
import {
  type Call as CallRow,
  findCall,
  findVoiceSettings,
  listCalls,
  retryTranscription,
} from "../../db/calls.ts";
import type { Tx } from "../../db/connect.ts";
import { setCallPhone } from "../../db/members.ts";
import { listRecordings, requestDeletion } from "../../db/recordings.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { DomainError } from "../../domain/errors.ts";
import { parsePhone, type Region } from "../../domain/phone.ts";
import { wakeCall } from "../../workflows/handles.ts";
import { Call, CallParams, CallWithRecordings, TranscriptionStatus } from "../callSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf } from "../schemas.ts";

const Filter = PageQuery.extend({
  conversation_id: Id.optional(),
  contact_id: Id.optional(),
  direction: z.enum(["in", "out"]).optional(),
  transcription_status: TranscriptionStatus.optional(),
});

const CallPhone = z
  .strictObject({
    call_phone: z
      .string()
      .max(40)
      .nullable()
      .openapi({ description: "Where calls of their conversations are put through to; null: nowhere." }),
  })
  .openapi("CallPhone", { example: { call_phone: "+573001234567" } });

const Key = z.tuple([z.guid()]);
const tag = "Calls";

export const noSuchCall = () =>
  new DomainError("not_found", "There is no such call.", { fix: "GET /v1/calls lists them." });

const shown = ({ transcription, ...call }: CallRow) => ({ ...call, transcription_status: transcription });

async function mustFind(tx: Tx, workspaceId: string, callSid: string): Promise<CallRow> {
  const call = await findCall(tx, workspaceId, callSid);
  if (call === undefined) throw noSuchCall();
  return call;
}

/** Calls of and to people, and their recordings. */
export const callRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listCalls",
      method: "get",
      path: "/v1/calls",
      tag,
      summary: "List calls, newest first",
      query: Filter,
      answer: pageOf(Call),
    },
    async ({ tx, auth, query: { limit, cursor, transcription_status, ...filter } }) => {
      const before = readCursor(cursor, Key)?.[0];
      const wanted = { ...filter, transcription: transcription_status };
      const rows = await listCalls(tx, auth.workspaceId, wanted, { before, limit: limit + 1 });
      return pageFrom(rows.map(shown), limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "getCall",
      method: "get",
      path: "/v1/calls/{call_sid}",
      tag,
      summary: "Show a call with its recordings",
      params: CallParams,
      answer: CallWithRecordings,
    },
    async ({ tx, auth, params }) => {
      const call = await mustFind(tx, auth.workspaceId, params.call_sid);
      return { ...shown(call), recordings: await listRecordings(tx, call.id) };
    },
  );

  route(
    {
      operationId: "retryTranscription",
      method: "post",
      path: "/v1/calls/{call_sid}/retry",
      tag,
      summary: "Have a call transcribed after all",
      description:
        "For a transcription that has failed, or for which there was no recording, nobody to make it or nothing long enough by the settings of that time. It begins anew, with a deadline of its own.",
      params: CallParams,
      status: 202,
      answer: Call,
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params, audit }) => {
      const before = await mustFind(tx, auth.workspaceId, params.call_sid);
      const { deadline_minutes } = await findVoiceSettings(tx, auth.workspaceId);
      const call = await retryTranscription(tx, auth.workspaceId, params.call_sid, deadline_minutes);
      if (call === undefined) {
        throw new DomainError(
          "state_conflict",
          `The transcription of this call is ${before.transcription}.`,
          {
            fix: "Only one that has failed, or that there is none of, can be tried again.",
          },
        );
      }
      await oweWake(tx, [wakeCall(call)]);
      audit({
        subject_id: call.id,
        change: { from: before.transcription, reason: before.transcription_reason },
      });
      return shown(call);
    },
  );

  route(
    {
      operationId: "deleteCallRecordings",
      method: "delete",
      path: "/v1/calls/{call_sid}/recordings",
      tag,
      summary: "Delete the recordings of a call",
      description:
        "Also at Twilio, with the transcript that Twilio keeps, within some ten minutes: `deleted_at` says when. The text here stays.",
      params: CallParams,
      status: 202,
      answer: CallWithRecordings,
    },
    async ({ tx, auth, params, audit }) => {
      const call = await mustFind(tx, auth.workspaceId, params.call_sid);
      const recordings = await requestDeletion(tx, auth.workspaceId, call.id);
      audit({ subject_id: call.id, change: { recordings } });
      return { ...shown(call), recordings: await listRecordings(tx, call.id) };
    },
  );

  route(
    {
      operationId: "setMemberCallPhone",
      method: "put",
      path: "/v1/members/{id}/call-phone",
      tag,
      summary: "Say where a member's calls go",
      description: "Callers whose conversation is assigned to the member are put through to this number.",
      params: IdParams,
      body: CallPhone,
      answer: CallPhone,
    },
    async ({ tx, auth, params, body, audit }) => {
      const workspace = await findWorkspace(tx, auth.workspaceId);
      const phone = phoneOf(body.call_phone, workspace?.default_region as Region | undefined);
      const member = await setCallPhone(tx, auth.workspaceId, params.id, phone);
      if (member === undefined) {
        throw new DomainError("not_found", "There is no such member.", {
          fix: "GET /v1/members lists them.",
        });
      }
      audit({ change: { call_phone: phone === null ? "removed" : "set" } });
      return member;
    },
  );
};

function phoneOf(given: string | null, region: Region | undefined): string | null {
  if (given === null) return null;
  const parsed = parsePhone(given, region);
  if (parsed.ok) return parsed.e164;
  throw new DomainError("validation", `This is no telephone number: ${parsed.reason}.`, {
    field: "call_phone",
    fix: "Write it with its country code, such as +573001234567.",
  });
}
