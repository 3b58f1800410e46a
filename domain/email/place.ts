/** Where in an HTML text one stands, as far as it decides how a value is written there. */

/** `html`: text or a quoted attribute. `link`: a whole address. `link_part`: something within one. */
export type Place = "html" | "link" | "link_part";

export type HtmlState = {
  at:
    | "text"
    | "tag_open"
    | "tag_name"
    | "in_tag"
    | "attribute_name"
    | "before_value"
    | "value"
    | "bare_value"
    | "markup"
    | "comment"
    | "raw_text";
  tag: string;
  attribute: string;
  quote: string;
  /** Whether something stands before in the address. */
  begun: boolean;
  /** What was read last, as far as an end is looked for in it. */
  tail: string;
};

export const HTML_START: HtmlState = {
  at: "text",
  tag: "",
  attribute: "",
  quote: "",
  begun: false,
  tail: "",
};

/** What stands in these is no HTML: the style of a mail, or what no mail program runs. */
const RAW_TEXT = new Set([
  "style",
  "script",
  "xmp",
  "iframe",
  "noembed",
  "noframes",
  "noscript",
  "plaintext",
]);
const LINK_ATTRIBUTES = new Set(["href", "src", "action", "formaction", "background", "cite", "poster"]);
/** Here a value could say more than its author meant: a style, a program, a page, several addresses. */
const CLOSED_ATTRIBUTES = /^(?:on.*|style|srcdoc|srcset|http-equiv|content)$/;

/** The state after `text`. What a variable puts in later never changes it, as that is escaped. */
export function readHtml(start: HtmlState, text: string): HtmlState {
  const state = { ...start };
  for (const char of text) step(state, char);
  return state;
}

/** How a value is written at this point; undefined where none may stand. */
export function placeAt(state: HtmlState): Place | undefined {
  if (state.at === "text" || state.at === "comment") return "html";
  if (state.at !== "value" || CLOSED_ATTRIBUTES.test(state.attribute)) return undefined;
  if (!LINK_ATTRIBUTES.has(state.attribute.replace(/^.*:/, ""))) return "html";
  return state.begun ? "link_part" : "link";
}

/** One state for two ways that lead to the same point; undefined where they end in different places. */
export function joinStates(one: HtmlState, other: HtmlState): HtmlState | undefined {
  const same =
    one.at === other.at &&
    one.tag === other.tag &&
    one.attribute === other.attribute &&
    one.quote === other.quote &&
    (one.at !== "markup" || one.tail === other.tail);
  return same ? { ...one, begun: one.begun || other.begun } : undefined;
}

function step(state: HtmlState, char: string): void {
  const blank = /\s/.test(char);
  switch (state.at) {
    case "text":
      if (char === "<") become(state, "tag_open");
      return;
    case "tag_open":
      if (char === "!" || char === "?") become(state, "markup");
      else if (/[a-z/]/i.test(char)) Object.assign(state, { at: "tag_name", tag: char.toLowerCase() });
      else become(state, char === "<" ? "tag_open" : "text");
      return;
    case "tag_name":
      if (char === ">") leaveTag(state);
      else if (blank || char === "/") state.at = "in_tag";
      else state.tag += char.toLowerCase();
      return;
    case "in_tag":
      if (char === ">") leaveTag(state);
      else if (!blank && char !== "/")
        Object.assign(state, { at: "attribute_name", attribute: char.toLowerCase() });
      return;
    case "attribute_name":
      if (char === ">") leaveTag(state);
      else if (char === "=") state.at = "before_value";
      else if (char === "/") Object.assign(state, { at: "in_tag", attribute: "", tail: "" });
      else if (blank) state.tail = " ";
      else if (state.tail) Object.assign(state, { attribute: char.toLowerCase(), tail: "" });
      else state.attribute += char.toLowerCase();
      return;
    case "before_value":
      if (char === ">") leaveTag(state);
      else if (char === '"' || char === "'")
        Object.assign(state, { at: "value", quote: char, begun: false, tail: "" });
      else if (!blank) Object.assign(state, { at: "bare_value", tail: "" });
      return;
    case "value":
      if (char === state.quote)
        Object.assign(state, { at: "in_tag", attribute: "", quote: "", begun: false });
      else if (!blank) state.begun = true;
      return;
    case "bare_value":
      if (char === ">") leaveTag(state);
      else if (blank) Object.assign(state, { at: "in_tag", attribute: "" });
      return;
    default:
      stepBeside(state, char);
  }
}

/** Comments, declarations and what is no HTML at all. */
function stepBeside(state: HtmlState, char: string): void {
  if (state.at === "markup") {
    state.tail += char;
    if (state.tail === "--") become(state, "comment");
    else if (char === ">") become(state, "text");
    return;
  }
  state.tail = (state.tail + char).slice(-80);
  if (state.at === "comment") {
    // `<!--[if mso]>` begins what Outlook reads as HTML: it is read as HTML here as well.
    const ends = /(?:^|-)->$|--!>$|^>$|^\[if [^\]]{0,70}\]>$/.test(state.tail);
    if (ends) become(state, "text");
    return;
  }
  if (state.tail.toLowerCase().endsWith(`</${state.tag}`))
    Object.assign(state, { at: "tag_name", tag: "/", tail: "" });
}

function leaveTag(state: HtmlState): void {
  if (RAW_TEXT.has(state.tag)) Object.assign(state, { at: "raw_text", attribute: "", quote: "", tail: "" });
  else become(state, "text");
}

function become(state: HtmlState, at: HtmlState["at"]): void {
  Object.assign(state, { at, tag: "", attribute: "", quote: "", begun: false, tail: "" });
}
