import { z } from "@hono/zod-openapi";
import { listMembers } from "../../db/members.ts";
import { readOperatorFigures } from "../../db/operatorFigures.ts";
import { count, Span, SpanQuery, spanOf } from "../analyticsSchemas.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, PageQuery, pageOf, Role } from "../schemas.ts";

const seconds = (description: string) =>
  z
    .int()
    .nullable()
    .openapi({ description: `${description}; null where there was none.`, example: 240 });

const OperatorAnalytics = z
  .object({
    member_id: Id,
    name: z.string().openapi({ example: "Laura Ortiz" }),
    role: Role,
    open_conversations: count("Theirs at this moment, and not closed."),
    assigned: count("Given to them in these days, and still theirs."),
    resolved: count("Closed by them in these days, and not opened again since."),
    answers: count("Answers of theirs to somebody who waited."),
    avg_first_response_time: seconds(
      "Seconds that people waited for a first answer since the conversation was opened",
    ),
    avg_response_time: seconds("Seconds that people waited for any answer"),
    csat: z
      .object({ average: z.number().nullable(), ratings: z.int() })
      .openapi({ description: "1 to 5, of what they closed.", example: { average: 4.6, ratings: 14 } }),
  })
  .openapi("OperatorAnalytics");

const Key = z.tuple([z.guid()]);

/** What each member of the team did in conversations. */
export const operatorAnalyticsRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listOperatorAnalytics",
      method: "get",
      path: "/v1/analytics/operators",
      tag: "Analytics",
      summary: "Show what each member did: taken, answered, closed, rated",
      description: "Members who have not been removed, in the order of their coming.",
      query: PageQuery.extend(SpanQuery.shape),
      answer: pageOf(OperatorAnalytics).extend(Span.shape),
    },
    async ({ tx, auth, query: { limit, cursor, ...asked } }) => {
      const span = await spanOf(tx, auth.workspaceId, asked);
      const after = readCursor(cursor, Key)?.[0];
      const members = await listMembers(tx, auth.workspaceId, { after, limit: limit + 1 });
      const { data, next_cursor } = pageFrom(members, limit, (row) => [row.id]);
      const ids = data.map(({ id }) => id);
      const figures = await readOperatorFigures(tx, auth.workspaceId, span, ids);
      const memberOf = new Map(data.map((row) => [row.id, row]));
      return {
        ...span,
        data: figures.map(({ open, first_response_seconds, response_seconds, ratings, csat, ...row }) => ({
          ...row,
          name: memberOf.get(row.member_id)?.name ?? "",
          role: memberOf.get(row.member_id)?.role ?? "",
          open_conversations: open,
          avg_first_response_time: first_response_seconds,
          avg_response_time: response_seconds,
          csat: { average: csat, ratings },
        })),
        next_cursor,
      };
    },
  );
};
