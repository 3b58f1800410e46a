/** A content template with its WhatsApp approval. */
export interface Content {
  sid: string;
  account_sid: string;
  friendly_name: string;
  language: string;
  variables: Record<string, string>;
  types: Record<string, Record<string, unknown>>;
  created_at: number;
  updated_at: number;
  approval: Approval;
}

export interface Approval {
  /** unsubmitted, received, pending, approved, rejected, paused, disabled. */
  status: string;
  name: string;
  category: string;
  rejection_reason: string;
  /** When a submitted template changes to `then`, epoch ms. */
  decides_at: number;
  then: string;
}

/** The status now: a submitted template is decided when its time has come. */
export const approvalStatus = ({ approval }: Content, now: number): string =>
  approval.decides_at > 0 && now >= approval.decides_at ? approval.then : approval.status;

/** The text of a template: the first of its types that has one. */
export function textOf(content: Content): string {
  for (const type of Object.values(content.types)) {
    const text = type["body"] ?? type["title"];
    if (typeof text === "string") return text;
  }
  return "";
}

/** Fills `{{name}}` in; `missing` names those without a value and without a default. */
export function rendered(
  content: Content,
  given: Record<string, string>,
): { text: string; missing: string[] } {
  const missing: string[] = [];
  const text = textOf(content).replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => {
    const value = given[name] ?? content.variables[name];
    if (value !== undefined && value !== "") return value;
    missing.push(name);
    return "";
  });
  return { text, missing };
}
