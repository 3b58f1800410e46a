import type { Tx } from "../db/connect.ts";
import { findProviderAccount } from "../db/providerAccounts.ts";
import type { NewSender, SenderFields } from "../db/senders.ts";
import type { findWorkspace } from "../db/workspaces.ts";
import { DomainError } from "../domain/errors.ts";
import { EMAIL_MAX_PER_DAY, EMAIL_MAX_PER_HOUR, HUMAN_GAP_MS } from "../domain/pace.ts";
import { settingsOf } from "../domain/settings.ts";
import { usableEmail, usablePhone } from "./contactInput.ts";

/** @throws DomainError `validation`. */
export function checkGap(fields: {
  gap_min_ms?: number | null | undefined;
  gap_max_ms?: number | null | undefined;
}): void {
  const { gap_min_ms: min, gap_max_ms: max } = fields;
  if (typeof min !== "number" || typeof max !== "number" || min <= max) return;
  throw new DomainError("validation", "The gap's minimum is above its maximum.", {
    field: "gap_min_ms",
    fix: "Give a gap_min_ms that is at most gap_max_ms.",
  });
}

/**
 * Row-level security does not reach foreign keys: whose account it is has to be asked.
 * @throws DomainError `not_found` where it is not one of the workspace, or of another provider.
 */
export async function checkAccount(
  tx: Tx,
  workspaceId: string,
  channel: string,
  id: string | null | undefined,
) {
  if (typeof id !== "string") return;
  const account = await findProviderAccount(tx, workspaceId, id);
  const wanted = channel === "email" ? "sendgrid" : "twilio";
  if (account?.provider === wanted) return;
  throw new DomainError("not_found", `This is no ${wanted} account of the workspace.`, {
    field: "provider_account_id",
    fix: "Name an account that GET /v1/provider-accounts lists.",
  });
}

type Identity = Pick<NewSender, "address" | "kind" | "country">;
type Workspace = NonNullable<Awaited<ReturnType<typeof findWorkspace>>>;

/** What an address says of itself. @throws DomainError `validation`. */
export function identityOf(workspace: Workspace, channel: NewSender["channel"], raw: string): Identity {
  if (channel === "email") return { address: usableEmail(raw, "address"), kind: "email", country: null };
  const region = workspace.default_region;
  if (channel === "sms" && /^\d{3,6}$/.test(raw))
    return { address: raw, kind: "short_code", country: region };
  const { canonical, country, type } = usablePhone(raw, region, "address");
  const kind = channel === "whatsapp" ? "whatsapp" : type === "toll_free" ? "toll_free" : "long_code";
  return { address: canonical, kind, country };
}

/** The address that answers go to, as it is compared. @throws DomainError `validation`. */
export const withReplyTo = <Fields extends { reply_to?: string | null | undefined }>(
  fields: Fields,
): Fields =>
  typeof fields.reply_to === "string"
    ? { ...fields, reply_to: usableEmail(fields.reply_to, "reply_to") }
    : fields;

/** @throws DomainError `validation` for what only e-mail has. */
export function checkMailFields(
  channel: string,
  fields: Partial<Record<"ip_pool_name" | "ip_pool_weight" | "reply_to" | "asm_group_id", unknown>>,
): void {
  if (channel === "email") return;
  for (const field of ["ip_pool_name", "ip_pool_weight", "reply_to", "asm_group_id"] as const) {
    if (fields[field] === undefined) continue;
    throw new DomainError("validation", `Only a sender of e-mail has ${field}.`, {
      field,
      fix: "Leave it out.",
    });
  }
}

/** What the workspace has set for new senders; a gap only where it is not the one of the kind anyway. */
export function defaultsOf(
  workspace: Workspace,
  kind: NewSender["kind"],
  fields: SenderFields,
): SenderFields {
  const { max_per_hour, max_per_day, gap_ms, warmup } = settingsOf(workspace.settings).sender_defaults;
  if (kind === "email")
    return {
      max_per_hour: EMAIL_MAX_PER_HOUR,
      max_per_day: EMAIL_MAX_PER_DAY,
      warmup_enabled: warmup,
    };
  const defaults: SenderFields = { max_per_hour, max_per_day, warmup_enabled: warmup };
  const [min = null, max = null] = gap_ms;
  const paced = fields.gap_min_ms != null || fields.gap_max_ms != null || fields.rate_per_second != null;
  if (kind !== "whatsapp" || paced || (min === HUMAN_GAP_MS[0] && max === HUMAN_GAP_MS[1])) return defaults;
  return { ...defaults, gap_min_ms: min, gap_max_ms: max };
}
