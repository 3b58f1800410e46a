import { type RawBuilder, sql } from "kysely";
import { DomainError } from "../domain/errors.ts";
import type { SegmentFilter } from "../domain/segmentFilter.ts";
import type { Db } from "./connect.ts";
import { findSegment } from "./segments.ts";
import { segmentCondition } from "./segmentSql.ts";
import { belongsTo } from "./tenant.ts";

type People = { list_ids?: string[]; segment_id?: string; contact_ids?: string[] };

/** Whom a campaign is for, as campaigns.audience keeps it: all who are named in any way, without the excluded. */
export type Audience = People & { exclude?: People };

type Source = { listIds: string[]; contactIds: string[]; filter: SegmentFilter | undefined };

/** An audience whose segments have been read: what the queries below work with. */
export type ResolvedAudience = { workspaceId: string; include: Source; exclude: Source };

/**
 * Reads the segments that an audience names.
 * @throws DomainError `not_found` where one does not exist (any more): nobody is guessed, nobody is let in.
 */
export async function resolveAudience(
  db: Db,
  workspaceId: string,
  audience: Audience,
): Promise<ResolvedAudience> {
  return {
    workspaceId,
    include: await source(db, workspaceId, audience, "segment_id"),
    exclude: await source(db, workspaceId, audience.exclude ?? {}, "exclude.segment_id"),
  };
}

async function source(db: Db, workspaceId: string, people: People, field: string): Promise<Source> {
  let filter: SegmentFilter | undefined;
  if (people.segment_id) {
    const segment = await findSegment(db, workspaceId, people.segment_id);
    if (!segment) {
      throw new DomainError("not_found", "The segment of this audience does not exist.", {
        field,
        fix: "Name a segment that GET /v1/segments lists.",
      });
    }
    filter = segment.filter as SegmentFilter;
  }
  return { listIds: people.list_ids ?? [], contactIds: people.contact_ids ?? [], filter };
}

/**
 * A subquery `(select id …)` with the ids of an audience's next people in ascending order, behind `after`.
 * Each source gives at most `limit` rows in the order of its own index, so that a page costs the same anywhere in a
 * million people.
 */
function audiencePageSql(
  audience: ResolvedAudience,
  page: { after: string | null; limit: number },
): RawBuilder<{ id: string }> {
  const branches = sources(audience, page.after ?? undefined).map(
    (branch) => sql`(${branch} order by id limit ${page.limit})`,
  );
  return sql`(select id from (${sql.join(branches, sql` union `)}) people order by id limit ${page.limit})`;
}

/** The ids of an audience's next people; fewer than `limit` means that there are no more. */
export async function audiencePage(
  db: Db,
  audience: ResolvedAudience,
  page: { after: string | null; limit: number },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from ${audiencePageSql(audience, page)} page order by id`.execute(db);
  return rows.map((row) => row.id);
}

/** How many people an audience has at this moment. */
export async function countAudience(db: Db, audience: ResolvedAudience): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) n from (${sql.join(sources(audience), sql` union `)}) people`.execute(db);
  return rows[0]?.n ?? 0;
}

/** Of these people, those who are in the audience at this moment. */
export async function inAudience(
  db: Db,
  audience: ResolvedAudience,
  contactIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select id from (${sql.join(sources(audience), sql` union `)}) people
    where id = any(${contactIds as string[]}::uuid[])`.execute(db);
  return new Set(rows.map((row) => row.id));
}

/**
 * One select of contact ids for each way in which people are named; none named, none selected. What else has to hold
 * is asked person by person in scalar subqueries, which the planner cannot turn into joins: hashing a whole list for
 * each page costs a hundred times more than a thousand look-ups.
 */
function sources({ workspaceId, include, exclude }: ResolvedAudience, after?: string): RawBuilder<unknown>[] {
  const eligible = sql`c.erased_at is null ${without(workspaceId, exclude)}`;
  const branches = include.listIds.map(
    (listId) => sql`select member.contact_id as id from contact_list_members member
      where member.list_id = ${listId} and ${belongsTo("member.workspace_id", workspaceId)}
        ${after ? sql`and member.contact_id > ${after}` : sql``}
        and (select true from contacts c where c.id = member.contact_id and ${belongsTo("c.workspace_id", workspaceId)}
          and ${eligible})`,
  );
  if (include.contactIds.length > 0)
    branches.push(
      sql`select c.id from contacts c where c.id = any(${include.contactIds}::uuid[])
        ${after ? sql`and c.id > ${after}` : sql``} and ${belongsTo("c.workspace_id", workspaceId)} and ${eligible}`,
    );
  if (include.filter)
    branches.push(
      sql`select c.id from contacts c where c.workspace_id = ${workspaceId} ${after ? sql`and c.id > ${after}` : sql``}
        and ${eligible} and ${segmentCondition(workspaceId, include.filter)}`,
    );
  return branches.length > 0 ? branches : [sql`select id from contacts where false`];
}

function without(workspaceId: string, { listIds, contactIds, filter }: Source): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = listIds.map(
    (listId) => sql`and (select true from contact_list_members out
      where out.list_id = ${listId} and out.contact_id = c.id) is null`,
  );
  if (contactIds.length > 0) parts.push(sql`and c.id <> all(${contactIds}::uuid[])`);
  if (filter) parts.push(sql`and (${segmentCondition(workspaceId, filter)}) is not true`);
  return sql.join(parts, sql` `);
}
