import { DomainError } from "../domain/errors.ts";
import { parseApiKey, secretMatches } from "../domain/apiKey.ts";
import { type Role, roleAllows } from "../domain/roles.ts";
import { lockOwnerKeys, resolveApiKey, touchApiKey } from "../db/apiKeys.ts";
import { type Db, inWorkspace, type Tx } from "../db/connect.ts";

/** Who asks: a key, and the workspace that it opens. */
export interface Auth {
  keyId: string;
  memberId: string | null;
  workspaceId: string;
  role: Role;
}

/** Whose key stands in `Authorization: Bearer …`. Throws `unauthorized`, always with the same words. */
export async function authenticate(db: Db, header: string | undefined): Promise<Auth> {
  const parts = parseApiKey(/^bearer (\S+)$/i.exec(header ?? "")?.[1] ?? "");
  const key = parts && (await resolveApiKey(db, parts.prefix));
  if (!key || !secretMatches(parts.secret, key.secret_hash) || !key.valid) {
    throw new DomainError("unauthorized", "The request carries no valid API key.", {
      fix: "Send `Authorization: Bearer cmp_…` with a key that is neither revoked nor expired.",
    });
  }
  // Its own small transaction: a long request must not hold the key's row.
  if (key.touch) await inWorkspace(db, key.workspace_id, (tx) => touchApiKey(tx, key.workspace_id, key.id));
  return { keyId: key.id, memberId: key.member_id, workspaceId: key.workspace_id, role: key.role };
}

/** Refuses to take away the keys of the role owner that `goes` names where no other is left. */
export async function refuseWithoutOwner(
  tx: Tx,
  auth: Auth,
  goes: (key: { id: string; member_id: string | null }) => boolean,
): Promise<void> {
  const keys = await lockOwnerKeys(tx, auth.workspaceId);
  if (!keys.some(goes) || !keys.every(goes)) return;
  throw new DomainError(
    "state_conflict",
    "This would take away the workspace's last valid key of the role owner.",
    {
      fix: "Create another owner key first.",
    },
  );
}

/** Nobody gives, takes or changes a role above the own. */
export function refuseAbove(auth: Auth, role: Role | undefined): void {
  if (role === undefined || roleAllows(auth.role, role)) return;
  throw new DomainError("forbidden", `A key of the role ${auth.role} cannot act on the role ${role}.`, {
    fix: "Use a key of that role or above.",
  });
}
