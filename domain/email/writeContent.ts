import { checkMail } from "./attachments.ts";
import { Theme } from "./blocks.ts";
import { htmlOfBlocks } from "./blocksHtml.ts";
import { type CompiledEmail, compileEmail, namesIn } from "./compile.ts";
import { type EmailContent, FOOTER_LANGUAGES, type KeptInput, wordsFor } from "./content.ts";
import { textOfHtml } from "./text.ts";

/**
 * What a client sent as it is kept: blocks have become HTML, and the words of every language are proven to
 * compile and to fit into a call with their files, so that nothing is found when it is sent.
 * @throws DomainError `validation` with field and position: `email.languages.pt.html`.
 */
export async function writeContent(input: KeptInput, field = "email"): Promise<EmailContent> {
  const theme = Theme.parse(input.theme ?? {});
  const { languages } = input;
  const content: EmailContent = {
    ...input,
    html: input.html ?? (await htmlOfBlocks(input.blocks ?? [], theme, `${field}.blocks`)),
  };
  if (languages !== undefined) {
    content.languages = {};
    for (const [language, variant] of Object.entries(languages)) {
      const { blocks } = variant;
      const html = blocks && (await htmlOfBlocks(blocks, theme, `${field}.languages.${language}.blocks`));
      content.languages[language] = { ...variant, ...(html !== undefined && { html }) };
    }
  }
  const fields = [
    [FOOTER_LANGUAGES[0], field],
    ...Object.keys(languages ?? {}).map((language) => [language, `${field}.languages.${language}`] as const),
  ] as const;
  const said = fields.map(([language, at]) => ({ at, ...compiled(content, language, at) }));
  checkMail(
    content.attachments ?? [],
    said.map(({ at, html, text }) => ({ field: `${at}.html`, html, text })),
    field,
  );
  return { ...content, names: [...new Set(said.flatMap(namesIn))] };
}

/** A text for lists, which show no HTML. */
export function gistOf({ text, html }: EmailContent): string {
  return (text ?? textOfHtml(html)).replace(/\s+/g, " ").trim().slice(0, 1600) || "-";
}

/** As the client sent it: what was made of blocks is left out. */
export function inputOf({ html, languages, names: _names, ...rest }: EmailContent): KeptInput {
  const variants = Object.entries(languages ?? {}).map(([language, { html: made, ...variant }]) => [
    language,
    { ...variant, ...(variant.blocks === undefined && made !== undefined && { html: made }) },
  ]);
  return {
    ...rest,
    ...(rest.blocks === undefined && { html }),
    ...(languages !== undefined && { languages: Object.fromEntries(variants) as KeptInput["languages"] }),
  };
}

function compiled(content: EmailContent, language: string, field: string): CompiledEmail {
  // Whether a workspace has an address is asked when it sends: here any will do.
  return compileEmail(wordsFor(content, language), {
    language,
    marketing: false,
    physical_address: "-",
    field,
  });
}
