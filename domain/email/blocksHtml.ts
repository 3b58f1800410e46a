import type { Block, Theme } from "./blocks.ts";
import { type Ink, unmark } from "./ink.ts";
import { mjmlOf } from "./mjml.ts";

/**
 * Blocks as responsive HTML, by MJML; variables and Liquid stand in it as they stood in the blocks.
 * @throws DomainError `validation`, naming the block's field.
 */
export async function htmlOfBlocks(blocks: readonly Block[], theme: Theme, field: string): Promise<string> {
  const ink: Ink = { theme, marked: [] };
  const mjml = mjmlOf(blocks, ink, field);
  // Slow to load, and needed only where somebody saves blocks.
  const { default: mjml2html } = await import("mjml");
  const { html } = await mjml2html(mjml, { validationLevel: "strict", fonts: {}, keepComments: true });
  return unmark(html, ink).replace(/^\s+\n/gm, "");
}
