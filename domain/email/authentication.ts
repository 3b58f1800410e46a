/** Whether a from-domain says that its e-mail may come from here: what Gmail and Yahoo ask of who sends to many. */

/** Texts at a name in DNS: null where the name server did not answer, empty where there are none. */
export type Texts = readonly string[] | null;

export interface DomainRecords {
  domain: string;
  /** At the domain itself. */
  txt: Texts;
  /** At each of SendGrid's selectors, `<selector>._domainkey.<domain>`. */
  dkim: readonly { selector: string; txt: Texts }[];
  /** At `_dmarc.<domain>`, else at that of the domain it belongs to. */
  dmarc: Texts;
}

export const CHECK_VERDICTS = ["pass", "warn", "fail", "unknown"] as const;
export type CheckVerdict = (typeof CHECK_VERDICTS)[number];

export interface DomainCheck {
  check: "spf" | "dkim" | "dmarc";
  verdict: CheckVerdict;
  /** The record that was found; null where there is none. */
  record: string | null;
  detail: string;
  fix: string | null;
}

/** The selectors of SendGrid's domain authentication, and the one of its older accounts. */
export const DKIM_SELECTORS = ["s1", "s2", "smtpapi"] as const;

/** The three checks of a domain, in the order spf, dkim, dmarc. */
export function checkDomain(records: DomainRecords): DomainCheck[] {
  return [checkSpf(records), checkDkim(records), checkDmarc(records)];
}

const unknown = (check: DomainCheck["check"]): DomainCheck => ({
  check,
  verdict: "unknown",
  record: null,
  detail: "The domain's name servers did not answer.",
  fix: "Ask again in a while.",
});

/**
 * SPF (RFC 7208). SendGrid's domain authentication sends from a subdomain of its own with a record of its own, so that
 * DKIM is what counts; one at the domain that leaves SendGrid out makes servers doubt.
 */
function checkSpf({ txt }: DomainRecords): DomainCheck {
  if (txt === null) return unknown("spf");
  const found = txt.filter((text) => /^v=spf1(\s|$)/i.test(text.trim()));
  const [record = null] = found;
  const spf = (verdict: CheckVerdict, detail: string, fix: string | null = null): DomainCheck => ({
    check: "spf",
    verdict,
    record,
    detail,
    fix,
  });
  if (record === null)
    return spf("warn", "There is no SPF record.", 'Add a TXT record: "v=spf1 include:sendgrid.net ~all".');
  if (found.length > 1)
    return spf("fail", "There are several SPF records, which is as good as none.", "Make them one.");
  if (/(^|\s)\+?all\s*$/i.test(record))
    return spf("fail", "It lets everybody send for this domain.", "End it with ~all or -all.");
  if (!/(^|\s)\+?include:\S*sendgrid\.net(\s|$)/i.test(record))
    return spf("warn", "It does not name SendGrid.", "Add include:sendgrid.net to it.");
  return spf("pass", "It names SendGrid.");
}

/** DKIM (RFC 6376): a key at any selector of SendGrid's; one that is empty has been taken back. */
function checkDkim({ domain, dkim }: DomainRecords): DomainCheck {
  const keys = dkim.flatMap(({ selector, txt }) =>
    (txt ?? []).flatMap((text) => {
      const key = /(?:^|;)\s*p=([^;]*)/i.exec(text)?.[1]?.replaceAll(/\s/g, "");
      return key === undefined ? [] : [{ selector, key, text }];
    }),
  );
  const good = keys.find(({ key }) => key !== "");
  if (good !== undefined)
    return {
      check: "dkim",
      verdict: "pass",
      record: `${good.selector}._domainkey.${domain}`,
      detail: "There is a key of SendGrid's.",
      fix: null,
    };
  if (keys.length === 0 && dkim.some(({ txt }) => txt === null)) return unknown("dkim");
  return {
    check: "dkim",
    verdict: "fail",
    record: null,
    detail: keys.length > 0 ? "The key has been taken back." : "There is no key of SendGrid's.",
    fix: "Authenticate the domain at SendGrid (Sender Authentication) and add the CNAME records that it shows.",
  };
}

/** DMARC (RFC 7489): that there is a policy at all is what is asked for; p=none only watches. */
function checkDmarc({ dmarc }: DomainRecords): DomainCheck {
  if (dmarc === null) return unknown("dmarc");
  const found = dmarc.filter((text) => /^v=DMARC1\s*(;|$)/i.test(text.trim()));
  const [record = null] = found;
  const result = (verdict: CheckVerdict, detail: string, fix: string | null = null): DomainCheck => ({
    check: "dmarc",
    verdict,
    record,
    detail,
    fix,
  });
  const add = 'Add a TXT record at _dmarc: "v=DMARC1; p=none; rua=mailto:…".';
  if (record === null) return result("fail", "There is no DMARC record.", add);
  if (found.length > 1)
    return result("fail", "There are several DMARC records, which is as good as none.", add);
  const policy = /;\s*p\s*=\s*(\w+)/i.exec(record)?.[1]?.toLowerCase();
  if (policy === "quarantine" || policy === "reject") return result("pass", `Its policy is ${policy}.`);
  if (policy === "none")
    return result(
      "pass",
      "Its policy is none: forgeries are reported and not held back.",
      "Go on to p=quarantine once the reports are clean.",
    );
  return result("fail", "It has no policy.", add);
}

/** Where DMARC is looked for: at the domain, then at what it belongs to, without asking a list of public suffixes. */
export function dmarcNames(domain: string): string[] {
  const labels = domain.split(".");
  const parents = labels.length > 2 ? [labels.slice(-3).join("."), labels.slice(-2).join(".")] : [];
  return [...new Set([domain, ...parents])].map((name) => `_dmarc.${name}`);
}
