import { MockActivityEnvironment } from "@temporalio/testing";
import { sql } from "kysely";
import { type DripLook, dripActivities } from "../activities/drips.ts";
import { findCampaign } from "../db/campaigns.ts";
import { inTransaction } from "../db/connect.ts";
import { enroll } from "../db/enrollments.ts";
import { findSequence, insertSequence, type SequenceRow, updateSequence } from "../db/sequences.ts";
import { identifySteps } from "../domain/dripEdit.ts";
import { type NewStep, SequenceSettings } from "../domain/dripSequence.ts";
import { people } from "./people.ts";
import type { SendingStage } from "./sending.ts";

export type DripStage = ReturnType<typeof dripStage>;

/** Drip sequences over the steps of the send path: what the sequence's workflow does, one look at a time. */
export function dripStage(stage: SendingStage) {
  const { db, deps, workspaceId } = stage;
  const activities = dripActivities(deps);
  let serial = 500_000;

  async function sequenceOf(campaignId: string): Promise<SequenceRow> {
    const sequence = await findSequence(db, workspaceId, campaignId);
    if (sequence === undefined) throw new Error("There is no such sequence");
    return sequence;
  }

  return {
    /** A running sequence; gives its campaign's id. */
    async sequence(
      steps: readonly NewStep[],
      given: Partial<SequenceSettings> & { audience?: object; channel?: string } = {},
    ): Promise<string> {
      const { audience = {}, channel = "sms", ...settings } = given;
      return inTransaction(db, async (tx) => {
        const campaign = await tx
          .insertInto("campaigns")
          .values({
            workspace_id: workspaceId,
            name: "Bienvenida",
            type: "drip",
            channel,
            state: "running",
            audience: JSON.stringify(audience),
          })
          .returning(["id", "workspace_id"])
          .executeTakeFirstOrThrow();
        const { steps: identified, lastId } = identifySteps([], steps, 0);
        await insertSequence(tx, campaign, {
          steps: identified,
          lastStepId: lastId,
          settings: SequenceSettings.parse(settings),
          createdBy: null,
        });
        return campaign.id;
      });
    },
    sequenceOf,
    people: (count: number) => people(db, workspaceId, count, (serial += count) - count),
    enroll: (campaignId: string, contactIds: readonly string[], source: "api" | "event" = "api") =>
      inTransaction(db, async (tx) =>
        enroll(tx, await sequenceOf(campaignId), {
          contactIds,
          source,
          now: new Date(),
          timeZone: "America/Bogota",
        }),
      ),
    /** Writes an edit as the API does. */
    async edit(campaignId: string, given: readonly NewStep[]): Promise<void> {
      const before = await sequenceOf(campaignId);
      const { steps, lastId } = identifySteps(before.steps, given, before.last_step_id);
      await inTransaction(db, (tx) =>
        updateSequence(tx, before, {
          steps,
          settings: before.settings,
          lastStepId: lastId,
          createdBy: null,
          stepsChanged: true,
        }),
      );
    },
    /** One look of the workflow. */
    drive: (campaignId: string): Promise<DripLook> =>
      new MockActivityEnvironment().run(() =>
        activities.driveDrip({ workspaceId, campaignId }, { count: true }),
      ),
    cancelEnrollments: (campaignId: string): Promise<number> =>
      new MockActivityEnvironment().run(() => activities.cancelEnrollments({ workspaceId, campaignId })),
    /** Lets so many hours pass for a sequence and its messages. */
    async pass(campaignId: string, hours: number): Promise<void> {
      const ago = sql`${hours} * interval '1 hour'`;
      await sql`update enrollments set due_at = due_at - ${ago}, last_step_at = last_step_at - ${ago},
        enrolled_at = enrolled_at - ${ago} where campaign_id = ${campaignId}`.execute(db);
      await sql`update messages set due_at = due_at - ${ago}, intended_at = intended_at - ${ago},
        created_at = created_at - ${ago} where campaign_id = ${campaignId}`.execute(db);
    },
    /** What was queued has gone out and arrived. */
    async deliver(campaignId: string): Promise<number> {
      const { numAffectedRows } = await sql`
        update messages set state = 'delivered', due_at = null, intended_at = clock_timestamp(), accepted_at = now(),
          delivered_at = now(), attempts = 1
        where campaign_id = ${campaignId} and due_at is not null`.execute(db);
      return Number(numAffectedRows);
    },
    enrollments: (campaignId: string) =>
      db
        .selectFrom("enrollments")
        .selectAll()
        .where("campaign_id", "=", campaignId)
        .orderBy("contact_id")
        .execute(),
    messages: (campaignId: string) =>
      db
        .selectFrom("messages")
        .selectAll()
        .where("campaign_id", "=", campaignId)
        .orderBy("contact_id")
        .orderBy("step")
        .execute(),
    campaign: (campaignId: string) => findCampaign(db, workspaceId, campaignId),
  };
}
