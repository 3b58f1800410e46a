import type { ProviderHttp } from "../http.ts";
import type { ListedAddress, SuppressionList, SuppressionLists } from "../suppressions.ts";
import { RefusedError, type SendGridAccount, type SendGridCall, sendGridCall } from "./transport.ts";

/** What each list is at SendGrid: where it is read, and where an address is taken off it. */
const PATHS: Readonly<Record<SuppressionList, { read: string; release: string }>> = {
  bounces: { read: "/v3/suppression/bounces", release: "/v3/suppression/bounces" },
  blocks: { read: "/v3/suppression/blocks", release: "/v3/suppression/blocks" },
  spam_reports: { read: "/v3/suppression/spam_reports", release: "/v3/suppression/spam_reports" },
  invalid_emails: { read: "/v3/suppression/invalid_emails", release: "/v3/suppression/invalid_emails" },
  unsubscribes: { read: "/v3/suppression/unsubscribes", release: "/v3/asm/suppressions/global" },
};

/**
 * SendGrid's suppression lists.
 * Sources: https://www.twilio.com/docs/sendgrid/api-reference/bounces-api and its neighbours
 */
export function sendGridSuppressions(account: SendGridAccount, http: ProviderHttp): SuppressionLists {
  const call = sendGridCall(account, http);
  return {
    async read(list, { from, until, offset, limit }) {
      const query = new URLSearchParams({
        ...(from && { start_time: seconds(from) }),
        end_time: seconds(until),
        limit: String(limit),
        offset: String(offset),
      });
      return entries(await ask(call, `${PATHS[list].read}?${query.toString()}`), "created").map(listed);
    },
    async readGroups() {
      return entries(await ask(call, "/v3/asm/suppressions"), "created_at").flatMap((entry) =>
        typeof entry["group_id"] === "number" ? [{ ...listed(entry), groupId: entry["group_id"] }] : [],
      );
    },
    async suppress(addresses) {
      const body = { recipient_emails: addresses };
      await call({ method: "POST", url: "/v3/asm/suppressions/global", body });
    },
    release: (list, address) => remove(call, PATHS[list].release, address),
    releaseFromGroup: (groupId, address) => remove(call, `/v3/asm/groups/${groupId}/suppressions`, address),
  };
}

async function remove(call: SendGridCall, list: string, address: string): Promise<void> {
  try {
    await call({ method: "DELETE", url: `${list}/${encodeURIComponent(address)}` });
  } catch (error) {
    // It is not on it (any more).
    if (!(error instanceof RefusedError && error.status === 404)) throw error;
  }
}

async function ask(call: SendGridCall, url: string): Promise<unknown> {
  const [{ body }] = await call({ url });
  return body;
}

type Entry = Record<string, unknown> & { email: string; seconds: number };

/** The entries of a list that name an address and a time; an answer of another form is none of SendGrid's. */
function entries(body: unknown, time: "created" | "created_at"): Entry[] {
  if (!Array.isArray(body)) throw new Error("SendGrid's list is no list");
  return body.flatMap((entry: Record<string, unknown> | null) => {
    const email = entry?.["email"];
    const at = entry?.[time];
    return typeof email === "string" && typeof at === "number" ? [{ ...entry, email, seconds: at }] : [];
  });
}

const listed = (entry: Entry): ListedAddress => ({
  address: entry.email,
  at: new Date(entry.seconds * 1_000),
});

const seconds = (at: Date) => String(Math.floor(at.getTime() / 1_000));
