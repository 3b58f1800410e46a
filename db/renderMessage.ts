import { countSmsParts } from "../domain/smsParts.ts";
import {
  contentVariables,
  renderTemplate,
  type Template,
  type TemplateValues,
  variablesOf,
} from "../domain/template.ts";
import type { PersonFacts } from "./facts.ts";

/** A text before it is written to somebody. */
export interface Draft {
  channel: string;
  /** Null where the text is the sender's own. */
  template: object | null;
  text: Template;
  /** Values for whoever gets it; a contact's own win. */
  variables: Record<string, unknown>;
}

type RenderedMessage =
  | { body: string; contentVariables: string | null; parts: number }
  | { missing: string[] };

/** Where the variables of a text are looked for. */
export function valuesOf(person: PersonFacts, variables: Record<string, unknown>): TemplateValues {
  return {
    contact: {
      name: person.name,
      first_name: person.name?.trim().split(/\s+/)[0] ?? null,
      city: person.city,
      country: person.country,
      email: person.email,
      phone: person.phone,
      language: person.language,
    },
    attributes: person.attributes,
    variables,
  };
}

/** The text as one person gets it, or the names of what it lacks. */
export function renderFor(draft: Draft, person: PersonFacts): RenderedMessage {
  const values = valuesOf(person, draft.variables);
  const text = renderTemplate(draft.text, values);
  if (!text.ok) return { missing: text.missing };
  if (draft.channel === "sms")
    return { body: text.text, contentVariables: null, parts: countSmsParts(text.text).parts };
  if (draft.template === null) return { body: text.text, contentVariables: null, parts: 1 };
  const numbered = contentVariables(variablesOf(draft.text), values);
  return numbered.ok
    ? { body: text.text, contentVariables: numbered.json, parts: 1 }
    : { missing: numbered.missing };
}
