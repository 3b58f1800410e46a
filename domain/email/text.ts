import { compile } from "html-to-text";

const toText = compile({
  wordwrap: false,
  limits: { maxInputLength: 4_000_000, maxDepth: 200, ellipsis: "" },
  formatters: {
    alt: (image, _walk, builder) => builder.addInline(String(image.attribs["alt"] ?? "")),
  },
  selectors: [
    { selector: "img", format: "alt" },
    { selector: "ul", options: { itemPrefix: "- " } },
    { selector: "tr", format: "block", options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
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
