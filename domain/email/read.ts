import { isLiquidError, parseLiquid } from "./engine.ts";
import { type Part, type Piece, partsOf } from "./parts.ts";
import { badSource } from "./tokens.ts";

/**
 * The parts of a field, each piece of Liquid proven to be one.
 * @throws DomainError `validation` with the field, the position and what to write instead.
 */
export function readParts(source: string, kind: "line" | "plain" | "html", field: string): Part[] {
  const parts = partsOf(source, kind, field);
  for (const part of parts) {
    if (typeof part === "object" && "source" in part) proveLiquid(part, source, field);
  }
  return parts;
}

function proveLiquid(piece: Piece, source: string, field: string): void {
  try {
    parseLiquid(piece.source);
  } catch (error) {
    if (!isLiquidError(error)) throw error;
    const problem = error.message.replace(/, (?:file|line):.*$/s, "");
    throw badSource(source, piece.begin, field, `has Liquid that cannot be read (${problem})`);
  }
}
