import { z } from "@hono/zod-openapi";
import {
  addAllowlisted,
  findAllowlisted,
  listAllowlisted,
  removeAllowlisted,
} from "../../db/testAllowlist.ts";
import { findWorkspace } from "../../db/workspaces.ts";
import { canonicalPhone, parseEmail } from "../../domain/address.ts";
import { DomainError } from "../../domain/errors.ts";
import { parsePhone, parseRegion } from "../../domain/phone.ts";
import type { Tx } from "../../db/connect.ts";
import { pageFrom, readCursor } from "../cursor.ts";
import type { Routes } from "../route.ts";
import { Id, PageQuery, pageOf, Timestamp } from "../schemas.ts";

const Address = z
  .string()
  .min(3)
  .max(254)
  .openapi({ description: "A phone number or an e-mail address.", example: "+573001234567" });
const AllowlistEntry = z.object({ address: z.string(), created_at: Timestamp }).openapi("AllowlistEntry");
const AddressBody = z
  .strictObject({ address: Address })
  .openapi("AllowlistAddress", { example: { address: "+573001234567" } });

const tag = "Workspace";
const path = "/v1/workspace/test-allowlist";

/** Whom a workspace in test mode may reach. Addresses travel in bodies: a URL ends up in logs. */
export const testAllowlistRoutes: Routes = ({ route }) => {
  route(
    {
      operationId: "listTestAllowlist",
      method: "get",
      path,
      tag,
      summary: "List the addresses that test mode may reach",
      query: PageQuery,
      answer: pageOf(AllowlistEntry),
    },
    async ({ tx, auth, query: { limit, cursor } }) => {
      const [after] = readCursor(cursor, z.tuple([Id])) ?? [];
      const rows = await listAllowlisted(tx, auth.workspaceId, { after, limit: limit + 1 });
      return pageFrom(rows, limit, (row) => [row.position]);
    },
  );

  route(
    {
      operationId: "addToTestAllowlist",
      method: "post",
      path,
      tag,
      summary: "Let test mode reach an address",
      body: AddressBody,
      status: 201,
      answer: AllowlistEntry,
    },
    async ({ tx, auth, body }) => {
      const address = await canonical(tx, auth.workspaceId, body.address);
      const added = await addAllowlisted(tx, auth.workspaceId, address);
      return added ?? (await findAllowlisted(tx, auth.workspaceId, address)) ?? absent();
    },
  );

  route(
    {
      operationId: "removeFromTestAllowlist",
      method: "post",
      path: `${path}/remove`,
      tag,
      summary: "Take an address off the allowlist",
      body: AddressBody,
      errors: ["not_found"],
    },
    async ({ tx, auth, body }) => {
      const address = await canonical(tx, auth.workspaceId, body.address);
      if (!(await removeAllowlisted(tx, auth.workspaceId, address))) absent();
    },
  );
};

async function canonical(tx: Tx, workspaceId: string, raw: string): Promise<string> {
  if (raw.includes("@")) {
    const email = parseEmail(raw);
    if (email.ok) return email.canonical;
  }
  const workspace = await findWorkspace(tx, workspaceId);
  const phone = parsePhone(raw, parseRegion(workspace?.default_region ?? ""));
  if (phone.ok) return canonicalPhone(phone.e164);
  throw new DomainError("validation", "This is neither a phone number nor an e-mail address.", {
    field: "address",
    fix: "Send a number with its country code, such as +573001234567, or an e-mail address.",
  });
}

function absent(): never {
  throw new DomainError("not_found", "This address is not on the allowlist.");
}
