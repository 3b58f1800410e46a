import { z } from "@hono/zod-openapi";
import { EmailInput } from "../domain/email/content.ts";

/** Of a request with HTML in it, in several languages, and files as base64. */
export const MAX_EMAIL_BYTES = 36_000_000;

export const emailExample = {
  subject: "{name|Hola}, conoce Altos de Los Rosales",
  preheader: "Apartamentos desde 2 habitaciones en {city|Barranquilla}",
  blocks: [
    { type: "header", title: "Artek Mar" },
    { type: "text", text: "Hola {name|amigo}:\n\n¡Me encantaría presentarte nuestro nuevo proyecto!" },
    { type: "button", text: "Conocer más", url: "https://artekmar.example/rosales" },
    { type: "footer" },
  ],
  languages: { en: { subject: "{name|Hello}, meet Altos de Los Rosales" } },
};

/** What a campaign or a template says by e-mail. */
// A clone: a schema made before the OpenAPI library was loaded does not know how to describe itself.
export const EmailField = EmailInput.clone().openapi("EmailContent", {
  description:
    "Exactly one of html and blocks. Texts have {name|fallback} and Liquid ({% if city %}…{% endif %}, {{ city | upcase }}); values are written for the place where they stand, and nothing can run code.",
  example: emailExample,
});

export const EmailPreview = z
  .object({
    language: z.string(),
    subject: z.string(),
    preheader: z.string().nullable(),
    html: z.string(),
    text: z.string(),
    dark_mode_html: z.string().openapi({ description: "As a mail program in dark mode shows it." }),
    size_bytes: z.number().int().openapi({ description: "Of the HTML." }),
    attachments: z.array(
      z.object({
        file_name: z.string(),
        content_type: z.string(),
        disposition: z.string(),
        content_id: z.string().optional(),
        sha256: z.string().openapi({ description: "GET /v1/email/files/{sha256} gives the file." }),
        size: z.number().int(),
      }),
    ),
    total_bytes: z.number().int().openapi({ description: "Of HTML, text and files as they travel." }),
    clipped: z.boolean().openapi({ description: "Whether Gmail cuts it, at 102 KB." }),
    missing_variables: z.array(z.string()).openapi({
      description:
        "Without a value or a fallback: whoever lacks them gets nothing. They stand in brackets here.",
    }),
    links: z.array(
      z.object({
        url: z.string(),
        text: z.string(),
        problem: z.string().nullable().openapi({
          description:
            "empty, no_scheme, malformed, unsafe_scheme, insecure (http), local, shortener or no_text; nothing is fetched.",
        }),
      }),
    ),
    spam: z.object({
      score: z.number().openapi({ description: "0–100: how likely filters take it for spam." }),
      factors: z.array(z.string()),
    }),
    warnings: z.array(z.string()),
  })
  .openapi("EmailPreview");
