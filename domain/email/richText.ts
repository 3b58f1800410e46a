import { Parser } from "htmlparser2";
import { DomainError } from "../errors.ts";

/** What a text block may have, with its attributes. */
const ALLOWED: Record<string, readonly string[]> = {
  p: [],
  br: [],
  strong: [],
  em: [],
  b: [],
  i: [],
  u: [],
  s: [],
  a: ["href"],
  ul: [],
  ol: [],
  li: [],
  h1: [],
  h2: [],
  h3: [],
  blockquote: [],
};

/**
 * Refuses HTML in a text block that could break the mail around it: other elements, other attributes, what
 * does not end.
 * @throws DomainError `validation`, naming the element.
 */
export function checkRichText(html: string, field: string): void {
  const open: string[] = [];
  let closed = 0;
  const refuse = (problem: string): never => {
    throw new DomainError("validation", `The HTML of a text block ${problem}.`, {
      field,
      fix: `Use ${Object.keys(ALLOWED).join(", ")}, closed in their order; only a has an attribute, href.`,
    });
  };
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        if (!Object.hasOwn(ALLOWED, name)) refuse(`has <${name}>`);
        const other = Object.keys(attributes).find((attribute) => !ALLOWED[name]?.includes(attribute));
        if (other !== undefined) refuse(`has ${other} at <${name}>`);
        if (name !== "br") open.push(name);
      },
      onclosetag: (name, implied) => {
        if (name === "br") return;
        closed++;
        if (implied || open.pop() !== name) refuse(`has <${name}> that does not end where it should`);
      },
      oncomment: () => refuse("has a comment"),
      onprocessinginstruction: (name) => refuse(`has <${name}>`),
      oncdatastart: () => refuse("has CDATA"),
    },
    // Neither closes what HTML would close by itself.
    { xmlMode: true, recognizeSelfClosing: true, decodeEntities: false },
  );
  parser.end(html.replace(/<br\s*>/gi, "<br/>"));
  // The parser passes over an end that nothing began.
  if ((html.match(/<\//g) ?? []).length !== closed) refuse("ends what it did not begin");
  if (/<(?![a-z/])/i.test(html)) refuse("has a < that begins nothing");
}
