import { afterAll, beforeAll, expect, test } from "vitest";
import { findTemplate } from "../db/templates.ts";
import { DomainError } from "../domain/errors.ts";
import type { Approval } from "../providers/content.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { aWorkspace } from "../test/people.ts";
import { templateActivities } from "./templates.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

async function submitted(workspaceId: string, name: string, fields: Record<string, unknown> = {}) {
  const { id } = await database.db
    .insertInto("templates")
    .values({
      workspace_id: workspaceId,
      name,
      channel: "whatsapp",
      body: "Hola",
      content_sid: `HX${name}`,
      approval_status: "pending",
      ...fields,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

test("refreshTemplates · brings all workspaces up to date and passes over what cannot be asked", async () => {
  const [one, two] = [await aWorkspace(database.db, "Uno"), await aWorkspace(database.db, "Dos")];
  const approved = await submitted(one, "a");
  const rejected = await submitted(two, "b");
  const away = await submitted(two, "c");
  const fresh = await submitted(one, "d", { checked_at: new Date() });
  const settled = await submitted(one, "e", { approval_status: "rejected" });

  const answers: Record<string, Approval> = {
    HXa: { status: "approved", reason: null },
    HXb: { status: "rejected", reason: "INVALID_FORMAT" },
    HXd: { status: "approved", reason: null },
    HXe: { status: "approved", reason: null },
  };
  const approval = (sid: string) =>
    answers[sid]
      ? Promise.resolve(answers[sid])
      : Promise.reject(new DomainError("provider_unavailable", "away"));
  const unused = () => Promise.reject(new Error("not asked for here"));
  const { refreshTemplates } = templateActivities({
    db: database.db,
    contentOf: () => Promise.resolve({ create: unused, submit: unused, approval }),
  });

  expect(await refreshTemplates()).toEqual({ checked: 2, unanswered: 1 });
  const status = async (workspace: string, id: string) => {
    const row = await findTemplate(database.db, workspace, id);
    return [row?.approval_status, row?.approval_reason];
  };
  expect(await status(one, approved)).toEqual(["approved", null]);
  expect(await status(two, rejected)).toEqual(["rejected", "INVALID_FORMAT"]);
  expect(await status(two, away)).toEqual(["pending", null]);
  expect(await status(one, fresh)).toEqual(["pending", null]);
  expect(await status(one, settled)).toEqual(["rejected", null]);
  expect(await refreshTemplates()).toEqual({ checked: 0, unanswered: 0 });
});
