import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import { LANGUAGES, type Language } from "../../domain/conversationSettings.ts";
import { LANGUAGE_NAMES, PREFERENCE_WORDS, type PreferenceWords } from "./preferenceText.ts";

type Html = ReturnType<typeof html>;

/** What the page shows. */
export interface PreferenceView {
  language: Language;
  /** The page's own path, which forms post to. */
  path: string;
  workspaceName: string;
  standing: "on" | "off" | "barred";
  topics: readonly { id: string; name: string; description: string | null; taken: boolean }[];
  maxPerWeek: number | null;
  /** What has just been done. */
  done: "saved" | "stopped" | "resumed" | null;
}

/** E-mails a week that can be chosen; null: as many as there are. */
export const FREQUENCIES = [null, 1, 2, 5] as const;

const STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #f4f4f2; color: #1c1c1c; font: 1.0625rem/1.5 system-ui, sans-serif; }
main { max-width: 38rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .75rem; }
h2, legend { font-size: 1.1rem; font-weight: 600; margin: 0 0 .25rem; padding: 0; }
form, .card { background: #fff; border: 1px solid #d0d0cc; border-radius: .5rem; padding: 1.25rem; margin: 1.25rem 0; }
fieldset { border: 0; margin: 0 0 1.25rem; padding: 0; min-width: 0; }
label { display: flex; gap: .6rem; padding: .4rem 0; align-items: flex-start; }
input { width: 1.25rem; height: 1.25rem; margin: .15rem 0 0; flex: none; accent-color: #0b4f8a; }
form > p:first-of-type { margin-top: 0; }
.hint { color: #4a4a4a; margin: 0 0 .5rem; }
small { display: block; color: #4a4a4a; font-size: .95rem; }
button { font: inherit; font-weight: 600; padding: .6rem 1.1rem; min-height: 2.75rem; border-radius: .4rem; border: 2px solid #0b4f8a; background: #0b4f8a; color: #fff; cursor: pointer; }
button.plain { background: #fff; color: #8a1c1c; border-color: #8a1c1c; }
[role=status] { background: #e3f1e5; border: 1px solid #2d6a36; border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 1rem; }
nav ul { list-style: none; display: flex; gap: 1.25rem; margin: 0; padding: 0; }
a { color: #0b4f8a; }
:focus-visible { outline: 3px solid #c45500; outline-offset: 2px; }
`;

/** Nothing is loaded, run, framed or posted elsewhere. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The whole page: plain forms, in the person's language, for any browser and without script. */
export function preferencePage(view: PreferenceView): Html {
  const words = PREFERENCE_WORDS[view.language];
  const named = (text: string) => text.replaceAll("{name}", view.workspaceName);
  return document(view.language, named(words.title), [
    html`<h1>${named(words.title)}</h1>`,
    view.done === null ? html`` : html`<p role="status">${words[view.done]}</p>`,
    bodyOf(view, words, named),
    languages(view, words),
  ]);
}

/** For a link that names nothing any more. */
export function gonePage(language: Language): Html {
  const words = PREFERENCE_WORDS[language];
  return document(language, words.goneTitle, [html`<h1>${words.goneTitle}</h1><p>${words.gone}</p>`]);
}

function document(language: Language, title: string, parts: readonly Html[]): Html {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${raw(STYLE)}</style>
</head>
<body><main>${parts}</main></body>
</html>`;
}

function bodyOf(view: PreferenceView, words: PreferenceWords, named: (text: string) => string): Html {
  if (view.standing === "barred") return html`<p class="card">${named(words.barred)}</p>`;
  if (view.standing === "off")
    return html`<form method="post" action="${view.path}">
<p>${named(words.off)}</p>
<p class="hint">${words.undoHint}</p>
<input type="hidden" name="language" value="${view.language}">
<button name="action" value="resume">${words.undo}</button>
</form>`;
  return html`<p>${named(words.intro)}</p>
<form method="post" action="${view.path}">
${topicsOf(view, words)}
<fieldset>
<legend>${words.often}</legend>
${FREQUENCIES.map((times) =>
  choice(
    "max_per_week",
    times === null ? "" : String(times),
    times === view.maxPerWeek,
    times === null ? words.asItComes : words.atMost(times),
  ),
)}
</fieldset>
<fieldset>
<legend>${words.language}</legend>
${LANGUAGES.map((one) => choice("language", one, one === view.language, html`<span lang="${one}">${LANGUAGE_NAMES[one]}</span>`))}
</fieldset>
<button name="action" value="save">${words.save}</button>
</form>
<form method="post" action="${view.path}">
<h2>${words.stopTitle}</h2>
<p class="hint">${words.stopHint}</p>
<input type="hidden" name="language" value="${view.language}">
<button class="plain" name="action" value="stop">${words.stop}</button>
</form>`;
}

function topicsOf({ topics }: PreferenceView, words: PreferenceWords): Html {
  if (topics.length === 0) return html``;
  return html`<fieldset>
<legend>${words.topics}</legend>
<p class="hint">${words.topicsHint}</p>
${topics.map(
  ({
    id,
    name,
    description,
    taken,
  }) => html`<label><input type="checkbox" name="topic" value="${id}" ${taken ? "checked" : ""}>
<span>${name}${description === null ? "" : html`<small>${description}</small>`}</span></label>
<input type="hidden" name="shown" value="${id}">`,
)}
</fieldset>`;
}

const choice = (name: string, value: string, chosen: boolean, label: string | Html): Html =>
  html`<label><input type="radio" name="${name}" value="${value}" ${chosen ? "checked" : ""}><span>${label}</span></label>`;

function languages(view: PreferenceView, words: PreferenceWords): Html {
  const others = LANGUAGES.filter((one) => one !== view.language);
  return html`<nav aria-label="${words.otherLanguages}"><ul>${others.map(
    (one) =>
      html`<li><a href="${view.path}?lang=${one}" lang="${one}" hreflang="${one}">${LANGUAGE_NAMES[one]}</a></li>`,
  )}</ul></nav>`;
}
