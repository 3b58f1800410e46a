/** What tells one recipient from another: an address, or a value that nobody would write by hand. */
const PERSONAL = /@|%40/i;
const OPAQUE = /^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[A-Za-z0-9_=.~-]{24,}$|^[A-Za-z0-9_=.~-]{48,}$/;
const HIDDEN = "…";
const MOST = 2_000;

/**
 * A clicked link as it is counted and kept: without its fragment, without user and password, and with `…` in place of
 * parts of the path and values of the query that may name somebody (addresses, tokens), so that the link of everybody
 * who got the same e-mail is one link. Null where the text is no web address.
 */
export function linkOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const path = url.pathname
    .split("/")
    .map((part) => hide(decoded(part), part))
    .join("/");
  const query = [...url.searchParams].map(([name, value]) => `${name}=${hide(value, value)}`).join("&");
  return `${url.protocol}//${url.host}${path}${query && `?${query}`}`.slice(0, MOST);
}

const hide = (value: string, shown: string) => (PERSONAL.test(value) || OPAQUE.test(value) ? HIDDEN : shown);

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
