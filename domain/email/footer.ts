/** What the law wants at the end of a marketing mail, for those whose content has nothing of it. */
import { familyOf, type FOOTER_LANGUAGES } from "./content.ts";
import { escapeHtml } from "./write.ts";

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

function footerWords(language: string): FooterWords {
  const family = familyOf(language);
  return family === "es" || family === "pt" ? WORDS[family] : WORDS.en;
}

export function footerHtml(language: string, address: string): string {
  const { why, unsubscribe, preferences } = footerWords(language);
  return (
    `<div style="padding:24px 16px;font-family:Arial,sans-serif;font-size:12px;line-height:18px;color:#6b7280;text-align:center">` +
    `<p style="margin:0 0 8px">${why}</p><p style="margin:0 0 8px">${escapeHtml(address)}</p>` +
    `<p style="margin:0"><a href="{unsubscribe_url}" style="color:#6b7280">${unsubscribe}</a> · ` +
    `<a href="{preferences_url}" style="color:#6b7280">${preferences}</a></p></div>`
  );
}

export function footerText(language: string, address: string): string {
  const { why, unsubscribe, preferences } = footerWords(language);
  return `--\n${why}\n${address}\n${unsubscribe}: {unsubscribe_url}\n${preferences}: {preferences_url}`;
}
