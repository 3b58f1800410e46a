import type { Target } from "./parts.ts";

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const SAFE_SCHEME = /^(?:https?:\/\/[^\s/]|mailto:|tel:|sms:)/i;
/** What may stand in an address as it is (RFC 3986), a percent sign only where it encodes something. */
const NOT_IN_ADDRESS = /%(?![0-9a-f]{2})|[^\w\-.~:/?#[\]@!$&'()*+,;=%]/giu;

/**
 * A value as it is written at its target, such that it never ends it; undefined where it cannot stand
 * there (a link that leads nowhere, or to a program).
 */
export function writeValue(value: string, target: Target): string | undefined {
  switch (target) {
    case "line":
      return value.replace(/[\s\p{Cc}]+/gu, " ").trim();
    case "plain":
      return withoutControls(value);
    case "html":
      return escapeHtml(withoutControls(value));
    case "link":
      return SAFE_SCHEME.test(value.trim()) ? escapeHtml(addressOf(value.trim())) : undefined;
    default:
      return escapeHtml(encodeURIComponent(value.toWellFormed()));
  }
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** Encodes what may not stand in an address, and leaves what is encoded. */
function addressOf(link: string): string {
  return link.toWellFormed().replace(NOT_IN_ADDRESS, encodeURIComponent);
}

/** Line breaks and tabs stay. */
function withoutControls(value: string): string {
  return value.toWellFormed().replace(/(?![\n\t])\p{Cc}/gu, "");
}
