import { createHash } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileEmail } from "../domain/email/compile.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { inTransaction } from "./connect.ts";
import { keepContent } from "./emailContents.ts";
import { deleteUnusedFiles, findFile, keepFiles } from "./emailFiles.ts";
import { createWorkspaceWithOwner } from "./workspaces.ts";

let database: TestDatabase;
let workspaceId: string;
beforeAll(async () => {
  database = await testDatabase();
  workspaceId = (await createWorkspaceWithOwner(database.db, { name: "Artek Mar" })).workspace.id;
});
afterAll(() => database.close());

const content_type = "application/pdf";
let serial = 0;

/** A file of its own that was named two days ago. */
async function kept(): Promise<string> {
  const bytes = Buffer.from(`archivo ${serial++}`);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await inTransaction(database.db, (tx) => keepFiles(tx, workspaceId, [{ sha256, content_type, bytes }]));
  await sql`update email_files set used_at = now() - interval '2 days'
    where sha256 = ${Buffer.from(sha256, "hex")}`.execute(database.db);
  return sha256;
}
const isHere = async (sha256: string) => (await findFile(database.db, workspaceId, sha256)) !== undefined;
const emailWith = (sha256: string) =>
  JSON.stringify({ subject: "Hola", html: "Hola", attachments: [{ sha256, file_name: "a.pdf" }] });

test("deleteUnusedFiles · leaves what a campaign, a template or a content names, and what was named today", async () => {
  const { db } = database;
  const [unused, ofCampaign, ofTemplate, ofGoneTemplate, ofContent, fresh] = await Promise.all(
    Array.from({ length: 6 }, kept),
  );
  await db
    .insertInto("campaigns")
    .values({
      workspace_id: workspaceId,
      name: "Uno",
      channel: "email",
      email: emailWith(ofCampaign as string),
    })
    .execute();
  for (const [sha256, deleted_at] of [
    [ofTemplate, null],
    [ofGoneTemplate, new Date()],
  ] as const)
    await db
      .insertInto("templates")
      .values({
        workspace_id: workspaceId,
        name: `Plantilla ${serial++}`,
        channel: "email",
        body: "Hola",
        email: emailWith(sha256 as string),
        deleted_at,
      })
      .execute();
  const contentId = await inTransaction(db, (tx) =>
    keepContent(tx, workspaceId, {
      campaignId: null,
      templateId: null,
      contactId: null,
      language: "es",
      compiled: compileEmail(
        { subject: "Hola", html: "Hola" },
        { language: "es", marketing: false, physical_address: null },
      ),
      envelope: {},
      attachments: [
        { file_name: "a.pdf", content_type, disposition: "attachment", sha256: ofContent as string, size: 9 },
      ],
    }),
  );
  await sql`update email_files set used_at = now() - interval '2 days'`.execute(db);
  await inTransaction(db, (tx) =>
    keepFiles(tx, workspaceId, [{ sha256: fresh as string, content_type, bytes: null }]),
  );

  expect(await deleteUnusedFiles(db)).toBe(2);
  const all = [unused, ofCampaign, ofTemplate, ofGoneTemplate, ofContent, fresh] as string[];
  expect(await Promise.all(all.map(isHere))).toEqual([false, true, true, false, true, true]);

  // As retention and erasure empty the content of a single message.
  await sql`update email_contents set attachments = '[]' where id = ${contentId}`.execute(db);
  expect(await deleteUnusedFiles(db)).toBe(1);
  expect(await isHere(ofContent as string)).toBe(false);
});

test("keepFiles · says which of those that should be here are not", async () => {
  const known = await kept();
  const unknown = "f".repeat(64);
  const named = [known, unknown].map((sha256) => ({ sha256, content_type, bytes: null }));
  expect(await inTransaction(database.db, (tx) => keepFiles(tx, workspaceId, named))).toEqual([unknown]);
});
