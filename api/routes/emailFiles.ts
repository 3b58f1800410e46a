import { z } from "@hono/zod-openapi";
import { findFile } from "../../db/emailFiles.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Routes } from "../route.ts";

const Hash = z.object({
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .openapi({ example: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" }),
});

/** Files that go with e-mails, by the hash that answers name them by. */
export const emailFileRoutes: Routes = ({ stream }) => {
  stream(
    {
      operationId: "getEmailFile",
      method: "get",
      path: "/v1/email/files/{sha256}",
      tag: "E-mail",
      summary: "Download a file that goes with an e-mail",
      description:
        "Its bytes as they were given, for as long as a campaign, a template or a message that is kept has it among its attachments.",
      params: Hash,
      produces: { "application/octet-stream": { schema: { type: "string", format: "binary" } } },
      errors: ["not_found"],
    },
    async ({ auth, params: { sha256 }, inWorkspace }) => {
      const file = await inWorkspace((tx) => findFile(tx, auth.workspaceId, sha256));
      if (file === undefined) {
        throw new DomainError("not_found", "There is no file with this hash.", {
          fix: "Use the sha256 of an attachment, as GET /v1/campaigns/{id} has it.",
        });
      }
      // Whatever it says it is, no browser shows it as a page of ours.
      return new Response(new Uint8Array(file.bytes), {
        headers: {
          "Content-Type": file.content_type,
          "Content-Length": `${file.bytes.length}`,
          "Content-Disposition": "attachment",
          ETag: `"${sha256}"`,
        },
      });
    },
  );
};
