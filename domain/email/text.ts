import { compile } from "html-to-text";

const toText = compile({
  wordwrap: false,
  limits: { maxInputLength: 4_000_000, maxDepth: 200, ellipsis: "" },
  selectors: [
    { selector: "img", format: "skip" },
    { selector: "a", options: { hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: "table", options: { uppercaseHeaderCells: false } },
  ],
});

/** What a mail program shows that reads no HTML: text, with the address behind each link. */
export function textOfHtml(html: string): string {
  return toText(html)
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
