const DARK = /@media([^{]*)\(\s*prefers-color-scheme\s*:\s*dark\s*\)/gi;
const LIGHT = /@media([^{]*)\(\s*prefers-color-scheme\s*:\s*light\s*\)/gi;
/** What programs do that darken a mail by themselves: light becomes dark, colours stay, pictures are left alone. */
const INVERTED =
  "<style>html{background:#fff;filter:invert(1) hue-rotate(180deg)}img,video{filter:invert(1) hue-rotate(180deg)}</style>";

/**
 * The mail as a program in dark mode shows it: by its own rules for `prefers-color-scheme`, or where it has none,
 * darkened as programs do it.
 */
export function inDarkMode(html: string): string {
  if (new RegExp(DARK.source, "i").test(html)) {
    return html
      .replace(DARK, (_, rest: string) => `@media${rest}(min-width:0)`)
      .replace(LIGHT, (_, rest: string) => `@media${rest}(max-width:0)`);
  }
  return /<\/head>/i.test(html) ? html.replace(/<\/head>/i, (end) => INVERTED + end) : INVERTED + html;
}
