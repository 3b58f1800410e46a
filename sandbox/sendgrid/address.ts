const LOCAL = /^[^\s@"(),:;<>[\\\]\p{Cc}]{1,64}$/u;
const DOMAIN =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?\.)+[\p{L}][\p{L}\p{N}\p{M}-]{1,62}$/u;
const PLAIN = /^[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9-]+\.)+[a-z]{2,63}$/i;

/** Whether mail can be addressed to this: RFC 5321 without quotes, with the letters of RFC 6531 on both sides. */
export function isAddress(email: unknown): email is string {
  if (typeof email !== "string" || email.length > 254) return false;
  // Nearly all are plain ones.
  if (PLAIN.test(email) && email.indexOf("@") <= 64 && !/@-|-\.|\.-/.test(email.slice(email.indexOf("@"))))
    return true;
  const at = email.lastIndexOf("@");
  const local = email.slice(0, at);
  if (at < 1 || !LOCAL.test(local) || local.startsWith(".") || local.endsWith(".") || local.includes(".."))
    return false;
  return DOMAIN.test(email.slice(at + 1));
}
