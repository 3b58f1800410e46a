/** Blocks as MJML. */
import type { Block, InnerBlock, Theme } from "./blocks.ts";
import { type Ink, link, mark, paragraphs, plain, rich, shown } from "./ink.ts";

const FONTS = { sans: "Helvetica, Arial, sans-serif", serif: "Georgia, 'Times New Roman', serif" };
type Of<T extends Block["type"]> = Extract<Block, { type: T }>;

/** @throws DomainError `validation`, naming the block's field: `email.blocks[2].url`. */
export function mjmlOf(blocks: readonly Block[], ink: Ink, field: string): string {
  const sections = blocks.map((block, i) => section(ink, block, `${field}[${i}]`));
  return `<mjml>${head(ink.theme)}<mj-body background-color="${ink.theme.background}" width="600px">${sections.join("")}</mj-body></mjml>`;
}

function head({ font, text, accent, surface }: Theme): string {
  return `<mj-head><mj-attributes>
<mj-all font-family="${FONTS[font]}"/>
<mj-text font-size="16px" line-height="1.5" color="${text}" padding="8px 24px"/>
<mj-button background-color="${accent}" color="#ffffff" font-size="16px" border-radius="6px" padding="8px 24px" inner-padding="12px 24px"/>
<mj-image padding="8px 24px"/>
<mj-divider border-width="1px" border-color="#d1d5db" padding="8px 24px"/>
<mj-section background-color="${surface}" padding="8px 0"/>
</mj-attributes>
<mj-style>a{color:${accent}} p{margin:0 0 12px} h1,h2,h3{margin:0 0 12px;line-height:1.25}</mj-style></mj-head>`;
}

function section(ink: Ink, block: Block, field: string): string {
  return onlyWhen(ink, "when" in block ? block.when : undefined, sectionOf(ink, block, field), field);
}

function sectionOf(ink: Ink, block: Block, field: string): string {
  switch (block.type) {
    case "header":
      return header(ink, block, field);
    case "footer":
      return footer(ink, block, field);
    case "columns": {
      const columns = block.columns.map((inside, c) => {
        const written = inside.map((one, i) => {
          const at = `${field}.columns[${c}][${i}]`;
          return onlyWhen(ink, one.when, inner(ink, one, at), at);
        });
        return `<mj-column>${written.join("")}</mj-column>`;
      });
      return `<mj-section>${columns.join("")}</mj-section>`;
    }
    default:
      return `<mj-section><mj-column>${inner(ink, block, field)}</mj-column></mj-section>`;
  }
}

/** What is left out where the person does not meet the condition. */
function onlyWhen(ink: Ink, when: string | undefined, mjml: string, field: string): string {
  if (when === undefined) return mjml;
  plain({ ...ink, marked: [] }, `{% if ${when} %}{% endif %}`, `${field}.when`);
  return `<mj-raw>${mark(ink, `{% if ${when} %}`)}</mj-raw>${mjml}<mj-raw>${mark(ink, "{% endif %}")}</mj-raw>`;
}

function inner(ink: Ink, block: InnerBlock, field: string): string {
  switch (block.type) {
    case "text":
      return text(ink, block, field);
    case "image":
      return image(ink, block, field);
    case "button":
      return element("mj-button", plain(ink, block.text, `${field}.text`), {
        href: link(ink, block.url, `${field}.url`),
        align: block.align,
        "background-color": block.color,
        color: block.text_color,
      });
    case "product":
      return product(ink, block, field);
    default:
      return "<mj-divider/>";
  }
}

function text(ink: Ink, block: Of<"text">, field: string): string {
  const written =
    block.html === undefined
      ? paragraphs(ink, block.text ?? "", `${field}.text`)
      : rich(ink, block.html, `${field}.html`);
  const size = block.size === undefined ? undefined : `${block.size}px`;
  return element("mj-text", written, { align: block.align, "font-size": size, color: block.color });
}

function image(ink: Ink, { src, alt, link: to, width, align }: Of<"image">, field: string): string {
  return element("mj-image", "", {
    src: shown(ink, src, `${field}.src`),
    alt: plain(ink, alt, `${field}.alt`),
    href: to && link(ink, to, `${field}.link`),
    width: width === undefined ? undefined : `${width}px`,
    align,
  });
}

function product(ink: Ink, block: Of<"product">, field: string): string {
  const { name, price, description, image: src, url, button } = block;
  const part = (value: string | undefined, key: string) => value && plain(ink, value, `${field}.${key}`);
  const lines = [
    `<strong>${part(name, "name")}</strong>`,
    price && `<span style="color:${ink.theme.accent}">${part(price, "price")}</span>`,
    description && part(description, "description"),
  ];
  return [
    src && image(ink, { type: "image", src, alt: name, ...(url && { link: url }) }, field),
    element("mj-text", lines.filter(Boolean).join("<br/>"), { align: "center" }),
    url &&
      element("mj-button", part(button, "button") ?? part(name, "name") ?? "", {
        href: link(ink, url, `${field}.url`),
      }),
  ]
    .filter(Boolean)
    .join("");
}

function header(ink: Ink, block: Of<"header">, field: string): string {
  const { logo, logo_alt, logo_width = 160, title, link: to, background, color } = block;
  const href = to && link(ink, to, `${field}.link`);
  const picture =
    logo &&
    element("mj-image", "", {
      src: shown(ink, logo, `${field}.logo`),
      alt: plain(ink, logo_alt ?? title ?? "", `${field}.logo_alt`),
      width: `${logo_width}px`,
      href,
    });
  const heading =
    title &&
    element("mj-text", `<h1>${plain(ink, title, `${field}.title`)}</h1>`, {
      align: "center",
      "font-size": "20px",
      color,
    });
  const column = `<mj-column>${picture ?? ""}${heading ?? ""}</mj-column>`;
  return element("mj-section", column, { "background-color": background, padding: "16px 0" });
}

/** Who writes, from where, and how to get no more: what `compileEmail` fills in for everybody. */
function footer(ink: Ink, block: Of<"footer">, field: string): string {
  const { text: why, unsubscribe, preferences, links = [] } = block;
  const to = (url: string, says: string) => `<a href="${url}" style="color:#6b7280">${says}</a>`;
  const said = (own: string | undefined, key: string, common: string) =>
    own === undefined ? mark(ink, common) : plain(ink, own, `${field}.${key}`);
  const ways = [
    ...links.map((one, i) =>
      to(link(ink, one.url, `${field}.links[${i}].url`), plain(ink, one.text, `${field}.links[${i}].text`)),
    ),
    to(mark(ink, "{unsubscribe_url}"), said(unsubscribe, "unsubscribe", "{unsubscribe_text}")),
    to(mark(ink, "{preferences_url}"), said(preferences, "preferences", "{preferences_text}")),
  ];
  const written =
    (why === undefined ? "" : paragraphs(ink, why, `${field}.text`)) +
    `<p>${mark(ink, "{physical_address}")}</p><p>${ways.join(" · ")}</p>`;
  const small = element("mj-text", written, {
    align: "center",
    "font-size": "12px",
    "line-height": "18px",
    color: "#6b7280",
  });
  return element("mj-section", `<mj-column>${small}</mj-column>`, {
    "background-color": ink.theme.background,
  });
}

/** Attributes are escaped already. */
function element(name: string, inside: string, attributes: Record<string, string | undefined>): string {
  const written = Object.entries(attributes).map(([key, value]) =>
    value === undefined ? "" : ` ${key}="${value}"`,
  );
  return `<${name}${written.join("")}>${inside}</${name}>`;
}
