import type { Fill, Mail } from "./model.ts";

/** A mail as the person got it. */
export interface Rendered {
  from: { email: string; name?: string };
  reply_to: { email: string; name?: string } | null;
  subject: string;
  text: string | null;
  html: string | null;
  headers: Record<string, string>;
}

/**
 * Puts the person's values in place of their tags, in subject, contents and reply-to, and sections in place of theirs.
 * Values are not looked through for tags again, and headers are left as they are.
 * Source: https://www.twilio.com/docs/sendgrid/for-developers/sending-email/personalizations
 */
export function rendered({ call, fill: json }: Mail): Rendered {
  const { top } = call;
  const fill = JSON.parse(json) as Fill;
  const substitute = replacing(fill.substitutions);
  const section = replacing(top.sections);
  const fit = (text: string): string => section(substitute(text));
  const content = (type: string): string | null => {
    const part = top.content.find((one) => one.type === type);
    return part ? fit(part.value) : null;
  };
  const { reply_to } = top;
  return {
    from: fill.from ?? top.from,
    reply_to: reply_to ? { ...reply_to, email: fit(reply_to.email) } : null,
    subject: fit(fill.subject ?? top.subject ?? ""),
    text: content("text/plain"),
    html: content("text/html"),
    headers: { ...top.headers, ...fill.headers },
  };
}

function replacing(values: Record<string, string> | undefined): (text: string) => string {
  const tags = Object.keys(values ?? {}).sort((one, other) => other.length - one.length);
  if (!values || tags.length === 0) return (text) => text;
  const pattern = new RegExp(tags.map((tag) => RegExp.escape(tag)).join("|"), "g");
  return (text) => text.replace(pattern, (tag) => values[tag] as string);
}

/**
 * What a click goes to: the first link of the HTML that is tracked, or of the text, that is none of unsubscribing.
 * Source: https://www.twilio.com/docs/sendgrid/ui/analytics-and-reporting/click-tracking-html-best-practices
 */
export function firstLink(mail: Mail): string | undefined {
  const { html, text, headers } = rendered(mail);
  const off = linksOf(headers["List-Unsubscribe"] ?? "");
  const tracked = (html ?? "").replaceAll(/<a\b(?=[^>]*\bclicktracking=["']?off\b)[^>]*>/gi, "");
  const hrefs = [...tracked.matchAll(/<a\b[^>]*?\bhref\s*=\s*["'](https?:[^"']+)["']/gi)].map(([, href]) =>
    (href as string).replaceAll("&amp;", "&"),
  );
  return [...hrefs, ...linksOf(text ?? "")].find(
    (link) => !off.includes(link) && !/unsub|baja|preferenc/i.test(link),
  );
}

/** Where one click unsubscribes, if the headers say so. Source: RFC 8058 */
export function oneClickUrl(mail: Mail): string | undefined {
  const named = Object.entries(rendered(mail).headers).map(([name, value]) => [name.toLowerCase(), value]);
  const headers = Object.fromEntries(named) as Record<string, string>;
  if (headers["list-unsubscribe-post"] !== "List-Unsubscribe=One-Click") return undefined;
  return linksOf(headers["list-unsubscribe"] ?? "")[0];
}

const linksOf = (text: string): string[] => text.match(/https?:\/\/[^\s<>"']+/g) ?? [];
