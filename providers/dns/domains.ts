import { Resolver } from "node:dns/promises";
import {
  DKIM_SELECTORS,
  type DomainRecords,
  dmarcNames,
  type Texts,
} from "../../domain/email/authentication.ts";
import type { RecordsOf } from "../domains.ts";

/** The texts at a name; rejects like node:dns does. */
export type TextResolver = (name: string) => Promise<string[][]>;

/** DNS's own records live about this long, and who has just mended one wants to see it. */
const KEPT_MS = 15 * 60_000;
/** What is not answered is asked for again sooner. */
const UNANSWERED_KEPT_MS = 60_000;
const MOST_KEPT = 10_000;

/** The name servers of this machine. */
export function systemResolver(): TextResolver {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  return (name) => resolver.resolveTxt(name);
}

/** Looks up what a from-domain says of itself; an answer is good for a quarter of an hour. */
export function domainRecords(resolve: TextResolver, now: () => number = () => performance.now()): RecordsOf {
  const kept = new Map<string, { records: Promise<DomainRecords>; until: number }>();
  return (domain) => {
    const known = kept.get(domain);
    if (known !== undefined && known.until > now()) return known.records;
    const entry = { records: lookUp(resolve, domain), until: now() + KEPT_MS };
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(domain, entry);
    void entry.records.then((records) => {
      if (isUnanswered(records)) entry.until = now() + UNANSWERED_KEPT_MS;
    });
    return entry.records;
  };
}

async function lookUp(resolve: TextResolver, domain: string): Promise<DomainRecords> {
  const [txt, dmarc, ...keys] = await Promise.all([
    textsAt(resolve, domain),
    dmarcOf(resolve, domain),
    ...DKIM_SELECTORS.map((selector) => textsAt(resolve, `${selector}._domainkey.${domain}`)),
  ]);
  const dkim = DKIM_SELECTORS.map((selector, at) => ({ selector, txt: keys[at] ?? null }));
  return { domain, txt, dkim, dmarc };
}

async function dmarcOf(resolve: TextResolver, domain: string): Promise<Texts> {
  let last: Texts = [];
  for (const name of dmarcNames(domain)) {
    last = await textsAt(resolve, name);
    if (last === null || last.length > 0) return last;
  }
  return last;
}

/** The pieces of one record are one text. */
async function textsAt(resolve: TextResolver, name: string): Promise<Texts> {
  try {
    return (await resolve(name)).map((pieces) => pieces.join(""));
  } catch (error) {
    return NONE.has((error as { code?: string }).code ?? "") ? [] : null;
  }
}

/** There is nothing there, which is an answer too. */
const NONE = new Set(["ENODATA", "ENOTFOUND"]);

const isUnanswered = ({ txt, dkim, dmarc }: DomainRecords) =>
  [txt, dmarc, ...dkim.map((key) => key.txt)].includes(null);
