import type { EmailContent } from "./content.ts";

/**
 * A content as it is sent for a test: its subject says so in every language, and what needs no value to be looked at
 * has its name in brackets.
 */
export function testContent(email: EmailContent): { email: EmailContent; variables: Record<string, string> } {
  const marked = (subject: string) => `[Test] ${subject}`;
  const languages = Object.entries(email.languages ?? {}).map(([language, variant]) => [
    language,
    { ...variant, ...(variant.subject !== undefined && { subject: marked(variant.subject) }) },
  ]);
  return {
    email: {
      ...email,
      subject: marked(email.subject),
      ...(email.languages && { languages: Object.fromEntries(languages) as EmailContent["languages"] }),
    },
    variables: Object.fromEntries((email.names ?? []).map((name) => [name, `[${name}]`])),
  };
}
