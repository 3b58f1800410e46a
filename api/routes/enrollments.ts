import { z } from "@hono/zod-openapi";
import { campaignSenders } from "../../db/campaigns.ts";
import { databaseNow, type Tx } from "../../db/connect.ts";
import { takeContactEvent } from "../../db/dripEvents.ts";
import { findContact } from "../../db/contacts.ts";
import {
  enroll,
  type EnrollmentRow,
  findEnrollment,
  listEnrollments,
  lockOpenCampaign,
  moveEnrollment,
} from "../../db/enrollments.ts";
import { lockContacts } from "../../db/locks.ts";
import { oweWake } from "../../db/temporalOutbox.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { EventName } from "../../domain/dripSequence.ts";
import { DomainError } from "../../domain/errors.ts";
import { wakeCampaign, wakeSender } from "../../workflows/handles.ts";
import { cursorOf, NumberKey, pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf } from "../schemas.ts";
import { Enrollment, ENROLLMENT_STATES } from "../sequenceInput.ts";
import { existingCampaign } from "../campaignMoves.ts";
import { existingSequence } from "./sequences.ts";

const NewEnrollments = z
  .strictObject({ contact_ids: z.array(Id).min(1).max(10_000) })
  .openapi("NewEnrollments", { example: { contact_ids: ["0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20"] } });

const ContactEvent = z
  .strictObject({ name: EventName })
  .openapi("ContactEvent", { example: { name: "cart_abandoned" } });

const Key = z.tuple([z.guid(), NumberKey]);

async function existingEnrollment(tx: Tx, workspaceId: string, id: string): Promise<EnrollmentRow> {
  const enrollment = await findEnrollment(tx, workspaceId, id);
  if (enrollment !== undefined) return enrollment;
  throw new DomainError("not_found", "There is no such enrollment.", {
    fix: "GET /v1/campaigns/{id}/enrollments lists them.",
  });
}

async function timeZoneOf(tx: Tx, workspaceId: string): Promise<string> {
  const workspace = await findWorkspace(tx, workspaceId);
  if (workspace === undefined) throw new Error("The workspace of this key does not exist");
  return workspace.time_zone;
}

/** People in drip sequences. */
export const enrollmentRoutes: Routes = ({ route }) => {
  const tag = "Drip sequences";

  route(
    {
      operationId: "listEnrollments",
      method: "get",
      path: "/v1/campaigns/{id}/enrollments",
      tag,
      summary: "Who is in a sequence, and where",
      params: IdParams,
      query: PageQuery.extend({
        state: z.enum(ENROLLMENT_STATES).optional(),
        contact_id: Id.optional(),
        cursor: cursorOf(2),
      }),
      answer: pageOf(Enrollment),
    },
    async ({ tx, auth, params: { id }, query: { limit, cursor, state, contact_id } }) => {
      await existingSequence(tx, auth.workspaceId, id);
      const [contactId, entry] = readCursor(cursor, Key) ?? [];
      const after = contactId === undefined || entry === undefined ? undefined : { contactId, entry };
      const of = { workspaceId: auth.workspaceId, campaignId: id, state, contactId: contact_id };
      const rows = await listEnrollments(tx, of, { after, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.contact_id, row.entry]);
    },
  );

  route(
    {
      operationId: "enrollContacts",
      method: "post",
      path: "/v1/campaigns/{id}/enrollments",
      tag,
      summary: "Enroll people in a sequence that runs or is paused",
      description:
        "Up to 10,000 ids a call. Who is in it already counts as such, and who has been through too unless the sequence allows re-entry; ids of no contact are counted as unknown.",
      params: IdParams,
      body: NewEnrollments,
      answer: z.object({ enrolled: z.number().int(), already: z.number().int(), unknown: z.number().int() }),
      errors: ["state_conflict"],
    },
    async ({ tx, auth, params: { id }, body: { contact_ids }, audit }) => {
      const campaign = await existingCampaign(tx, auth.workspaceId, id);
      const goesOn = await lockOpenCampaign(tx, auth.workspaceId, id);
      const sequence = await existingSequence(tx, auth.workspaceId, id, "share");
      if (!goesOn)
        throw new DomainError(
          "state_conflict",
          `Nobody can be enrolled while the sequence is ${campaign.state}.`,
          {
            details: { state: campaign.state },
            fix: "Start it, or create another one.",
          },
        );
      const result = await enroll(tx, sequence, {
        contactIds: contact_ids,
        source: "api",
        now: await databaseNow(tx),
        timeZone: await timeZoneOf(tx, auth.workspaceId),
      });
      audit({ subject_id: id, change: { ...result } });
      await oweWake(tx, [wakeCampaign(campaign)]);
      return result;
    },
  );

  route(
    {
      operationId: "getEnrollment",
      method: "get",
      path: "/v1/enrollments/{id}",
      tag,
      summary: "One person's place in a sequence",
      params: IdParams,
      answer: Enrollment,
    },
    ({ tx, auth, params: { id } }) => existingEnrollment(tx, auth.workspaceId, id),
  );

  const command = (
    name: "pause" | "resume" | "cancel",
    to: "paused" | "active" | "cancelled",
    summary: string,
  ) =>
    route(
      {
        operationId: `${name}Enrollment`,
        method: "post",
        path: `/v1/enrollments/{id}/${name}`,
        tag,
        summary,
        params: IdParams,
        answer: Enrollment,
        errors: ["state_conflict"],
      },
      async ({ tx, auth, params: { id }, audit }) => {
        const enrollment = await existingEnrollment(tx, auth.workspaceId, id);
        audit({ subject_id: id });
        await lockContacts(tx, [enrollment.contact_id]);
        const moved = await moveEnrollment(tx, enrollment, to, to === "active" ? null : "api");
        if (moved === undefined)
          throw new DomainError(
            "state_conflict",
            `An enrollment that is ${enrollment.state} cannot become ${to}.`,
            {
              details: { state: enrollment.state },
              fix: "GET the enrollment to see its state.",
            },
          );
        const campaign = await existingCampaign(tx, auth.workspaceId, moved.campaign_id);
        const senders = to === "active" ? await campaignSenders(tx, campaign.id) : [];
        if (to !== "paused") await oweWake(tx, [wakeCampaign(campaign), ...senders.map(wakeSender)]);
        return moved;
      },
    );
  command("pause", "paused", "Pause one person: their steps and what is queued for them wait");
  command("resume", "active", "Resume one person; a step whose time has passed is due at once");
  command("cancel", "cancelled", "Take one person out for good, with what is queued for them");

  route(
    {
      operationId: "recordContactEvent",
      method: "post",
      path: "/v1/contacts/{id}/events",
      tag,
      summary: "Tell what a person did: it may enroll them, convert them or reach a goal",
      description:
        "Running and paused sequences name the events they hear: enroll_on, conversion_events, goal_events.",
      params: IdParams,
      body: ContactEvent,
      answer: z.object({
        enrolled_in: z.array(Id),
        stopped: z.number().int().openapi({ description: "Sequences that ended for them." }),
      }),
    },
    async ({ tx, auth, params: { id }, body: { name }, audit }) => {
      if (!(await findContact(tx, auth.workspaceId, id)))
        throw new DomainError("not_found", "There is no such contact.", {
          fix: "GET /v1/contacts lists them.",
        });
      await lockContacts(tx, [id]);
      const effect = await takeContactEvent(tx, {
        workspaceId: auth.workspaceId,
        contactId: id,
        name,
        timeZone: await timeZoneOf(tx, auth.workspaceId),
      });
      const enrolledIn = effect.enrolled.map((campaign) => campaign.id);
      audit({ subject_id: id, change: { event: name, enrolled_in: enrolledIn, stopped: effect.stopped } });
      await oweWake(
        tx,
        effect.enrolled.map((campaign) => wakeCampaign(campaign)),
      );
      return { enrolled_in: enrolledIn, stopped: effect.stopped };
    },
  );
};
