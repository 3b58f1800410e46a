/** What the law wants at the end of a marketing mail, for those whose content has nothing of it. */
import { familyOf, type FOOTER_LANGUAGES } from "./content.ts";

type FooterWords = { why: string; unsubscribe: string; preferences: string };

const WORDS: Record<(typeof FOOTER_LANGUAGES)[number], FooterWords> = {
  es: {
    why: "Recibes este correo porque aceptaste recibir nuestras comunicaciones.",
    unsubscribe: "Darme de baja",
    preferences: "Mis preferencias",
  },
  en: {
    why: "You get this e-mail because you agreed to hear from us.",
    unsubscribe: "Unsubscribe",
    preferences: "My preferences",
  },
  pt: {
    why: "Você recebe este e-mail porque aceitou receber nossas comunicações.",
    unsubscribe: "Cancelar inscrição",
    preferences: "Minhas preferências",
  },
};

export function footerWords(language: string): FooterWords {
  const family = familyOf(language);
  return family === "es" || family === "pt" ? WORDS[family] : WORDS.en;
}

/** With variables that `compileEmail` fills in. */
export function footerHtml(language: string): string {
  const { why } = footerWords(language);
  return (
    `<div style="padding:24px 16px;font-family:Arial,sans-serif;font-size:12px;line-height:18px;color:#6b7280;text-align:center">` +
    `<p style="margin:0 0 8px">${why}</p><p style="margin:0 0 8px">{physical_address}</p>` +
    `<p style="margin:0"><a href="{unsubscribe_url}" style="color:#6b7280">{unsubscribe_text}</a> · ` +
    `<a href="{preferences_url}" style="color:#6b7280">{preferences_text}</a></p></div>`
  );
}

export function footerText(language: string): string {
  const { why } = footerWords(language);
  return `--\n${why}\n{physical_address}\n{unsubscribe_text}: {unsubscribe_url}\n{preferences_text}: {preferences_url}`;
}
