import { z } from "@hono/zod-openapi";
import type { Tx } from "../../db/connect.ts";
import { findContact } from "../../db/contacts.ts";
import { findHottest, type HotContact, listPastScores, scoreLeads } from "../../db/leadScores.ts";
import { listQualifiedLeads } from "../../db/qualifiedLeads.ts";
import { readScoring, type WorkspaceScoring } from "../../db/scoring.ts";
import { DomainError } from "../../domain/errors.ts";
import { HOT_FROM } from "../../domain/leadQuality.ts";
import { cursorOf, NumberKey, pageFrom, readCursor } from "../cursor.ts";
import { HotLead, Language, LeadScore, PastScore, present, QualifiedLead } from "../leadSchemas.ts";
import type { Routes } from "../route.ts";
import { Id, IdParams, PageQuery, pageOf } from "../schemas.ts";

const ScoreLead = z
  .strictObject({ contact_id: Id, language: Language })
  .openapi("ScoreLead", { example: { contact_id: "0199c3a0-5f6e-7c1a-9d3e-2b8f6a4c1d20", language: "es" } });

const HotQuery = z.object({
  threshold: z
    // Nothing is no number; read as one it would be 0, which is a threshold.
    .preprocess((given) => (given === "" ? Number.NaN : given), z.coerce.number().int().min(0).max(100))
    .default(HOT_FROM)
    .openapi({
      type: "integer",
      minimum: 0,
      maximum: 100,
      default: HOT_FROM,
      description: "The least score.",
    }),
  limit: z.coerce.number().int().min(1).max(100).default(20).openapi({
    type: "integer",
    minimum: 1,
    maximum: 100,
    default: 20,
  }),
  language: Language,
});

const LeadFilter = PageQuery.extend({
  open: z.enum(["true", "false"]).optional().openapi({ description: "Those who are one now." }),
  campaign_id: Id.optional().openapi({ description: "Those whom this campaign has brought." }),
});

const LeadKey = z.tuple([z.guid()]);
const PastKey = z.tuple([NumberKey]);

/** How close people are to saying yes, and who is a qualified lead. */
export const leadRoutes: Routes = ({ route }) => {
  const tag = "AI";

  route(
    {
      operationId: "scoreLead",
      method: "post",
      path: "/v1/ai/score-lead",
      tag,
      summary: "Say how close a person is to saying yes, and why",
      description:
        "As of now, by the formulas of docs/scores.md. Nothing is written: contacts.lead_score follows by itself within seconds.",
      body: ScoreLead,
      answer: LeadScore,
      errors: ["not_found"],
      changes: false,
    },
    async ({ tx, auth, body: { contact_id, language } }) => {
      const scoring = await scoringOf(tx, auth.workspaceId);
      const [scored] = await scoreLeads(tx, scoring, [contact_id]);
      if (scored === undefined) throw noContact("contact_id");
      return present(scored, scoring, language);
    },
  );

  route(
    {
      operationId: "listHotLeads",
      method: "get",
      path: "/v1/ai/hot-leads",
      tag,
      summary: "List the people with the highest lead scores",
      description: "Found by the score that is kept with them, shown with the one of this moment.",
      query: HotQuery,
      answer: z.object({ data: z.array(HotLead) }).openapi("HotLeads"),
    },
    async ({ tx, auth, query: { threshold, limit, language } }) => {
      const scoring = await scoringOf(tx, auth.workspaceId);
      const people = new Map<string, HotContact>(
        (await findHottest(tx, auth.workspaceId, threshold, limit)).map((one) => [one.id, one]),
      );
      const scored = await scoreLeads(tx, scoring, [...people.keys()]);
      const leads = scored.map((lead) => {
        const {
          name = null,
          last_activity_at = null,
          qualified_at = null,
        } = people.get(lead.facts.contact_id) ?? {};
        return { ...present(lead, scoring, language), name, last_activity_at, qualified_at };
      });
      return { data: leads.sort((a, b) => b.total_score - a.total_score) };
    },
  );

  route(
    {
      operationId: "listQualifiedLeads",
      method: "get",
      path: "/v1/ai/qualified-leads",
      tag,
      summary: "List who became a qualified lead, newest first",
      description:
        "By a score of lead_scores.qualified_from or more, or by a reply with one of lead_scores.qualifying_intents.",
      query: LeadFilter,
      answer: pageOf(QualifiedLead),
    },
    async ({ tx, auth, query: { limit, cursor, open, campaign_id } }) => {
      const before = readCursor(cursor, LeadKey)?.[0];
      const wanted = { campaign_id, open: open === undefined ? undefined : open === "true" };
      const rows = await listQualifiedLeads(tx, auth.workspaceId, wanted, { before, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.id]);
    },
  );

  route(
    {
      operationId: "listLeadScores",
      method: "get",
      path: "/v1/contacts/{id}/lead-scores",
      tag: "Contacts",
      summary: "Show how a person's lead score went, newest first",
      description: "A row where it had moved by five points or more.",
      params: IdParams,
      query: PageQuery.extend({ cursor: cursorOf(1) }),
      answer: pageOf(PastScore),
    },
    async ({ tx, auth, params: { id }, query: { limit, cursor } }) => {
      if (!(await findContact(tx, auth.workspaceId, id))) throw noContact();
      const beforeUs = readCursor(cursor, PastKey)?.[0];
      const rows = await listPastScores(tx, auth.workspaceId, id, { beforeUs, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.at_us]);
    },
  );
};

async function scoringOf(tx: Tx, workspaceId: string): Promise<WorkspaceScoring> {
  const scoring = await readScoring(tx, workspaceId);
  if (scoring === undefined) throw new DomainError("not_found", "The workspace is gone.");
  return scoring;
}

const noContact = (field?: string) =>
  new DomainError("not_found", "There is no such contact.", {
    ...(field !== undefined && { field }),
    fix: "GET /v1/contacts lists them.",
  });
