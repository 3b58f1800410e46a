import { describe, expect, test } from "vitest";
import { Blocks, Theme } from "./blocks.ts";
import { htmlOfBlocks } from "./blocksHtml.ts";
import { compileEmail } from "./compile.ts";
import { applyValues, fillEmail, withLinks } from "./fill.ts";

const LINKS = { unsubscribe_url: "https://go.example/u/abc", preferences_url: "https://go.example/p/abc" };
const OPTIONS = { language: "pt_BR", marketing: true, physical_address: "Rua A & B, 1" };

const htmlOf = (blocks: unknown) => htmlOfBlocks(Blocks.parse(blocks), Theme.parse({}), "email.blocks");

async function mailOf(blocks: unknown, contact: object = {}) {
  const compiled = compileEmail({ subject: "x", html: await htmlOf(blocks) }, OPTIONS);
  const filled = fillEmail(compiled, { contact: { ...contact }, attributes: {}, variables: {} });
  if (!filled.ok) throw new Error(filled.missing.join());
  return applyValues(compiled, withLinks(compiled, filled.values, LINKS));
}

describe("htmlOfBlocks", () => {
  test("every kind of block · becomes a mail that is filled per person", async () => {
    const { html, text } = await mailOf(
      [
        {
          type: "header",
          title: "Casa & Jardim",
          logo: "https://cdn.example/logo.png",
          link: "https://casa.example",
        },
        { type: "text", text: 'Olá {name|cliente},\nbom dia.\n\n2 < 3 {{ city | default: "" }}' },
        {
          type: "text",
          html: `<p>Veja <a href="https://casa.example/{slug}">aqui</a></p><br>`,
          when: 'city == "Rio"',
        },
        { type: "image", src: "https://cdn.example/a.png?w=1&h=2", alt: 'Sofá "azul"' },
        { type: "button", text: "Comprar", url: "{shop_url}", color: "#ff0000" },
        {
          type: "columns",
          columns: [
            [
              {
                type: "product",
                name: "Sofá",
                price: "R$ 10",
                image: "https://cdn.example/s.png",
                url: "https://casa.example/s",
              },
            ],
            [{ type: "text", text: "Só para {name}", when: "name" }, { type: "divider" }],
          ],
        },
        { type: "footer", text: "Casa Ltda", links: [{ text: "Site", url: "https://casa.example" }] },
      ],
      { name: "<Ana>", city: "Rio", slug: "a b", shop_url: "https://casa.example/?a=1&b=2" },
    );
    expect(html).toContain("<p>Olá &lt;Ana&gt;,<br/>bom dia.</p><p>2 &lt; 3 Rio</p>");
    expect(html).toContain(`<a href="https://casa.example/a%20b">aqui</a>`);
    expect(html).toContain(`src="https://cdn.example/a.png?w=1&amp;h=2"`);
    expect(html).toContain(`alt="Sofá &quot;azul&quot;"`);
    expect(html).toContain(`href="https://casa.example/?a=1&amp;b=2"`);
    expect(html).toContain("Só para &lt;Ana&gt;");
    expect(html).toMatch(/Rua A &amp; B, 1.*href="https:\/\/go\.example\/u\/abc"[^>]*>Cancelar inscrição/s);
    expect(html).toMatch(/<html lang="pt-BR"/);
    expect(html).toContain("@media only screen and (min-width:480px)");
    expect(html).not.toMatch(/[\uE000\uE001]|<mj-/);
    expect(text).toContain("Minhas preferências [https://go.example/p/abc]");
  });

  test("a block with a condition · is left out for others", async () => {
    const blocks = [
      { type: "text", text: "Para todos" },
      { type: "text", text: "Para Cali", when: "city == 'Cali'" },
    ];
    expect((await mailOf(blocks, { city: "Cali" })).text).toContain("Para Cali");
    expect((await mailOf(blocks, { city: "Rio" })).text).not.toContain("Para Cali");
  });

  test.each([
    [{ type: "button", text: "x", url: "casa.example" }, "email.blocks[0].url"],
    [{ type: "button", text: "{x", url: "https://casa.example" }, "email.blocks[0].text"],
    [{ type: "text", text: "{% if %}" }, "email.blocks[0].text"],
    [{ type: "text", text: "x", when: "a ===" }, "email.blocks[0].when"],
    [{ type: "text", html: "<p>x" }, "email.blocks[0].html"],
    [{ type: "text", html: "<b><i>x</b></i>" }, "email.blocks[0].html"],
    [{ type: "text", html: "<p onclick='x()'>x</p>" }, "email.blocks[0].html"],
    [{ type: "text", html: "<script>x</script>" }, "email.blocks[0].html"],
    [{ type: "text", html: "<!--x-->" }, "email.blocks[0].html"],
    [{ type: "text", html: "</div><p>x</p>" }, "email.blocks[0].html"],
    [{ type: "text", html: "<mj-include path='/etc/passwd'/>" }, "email.blocks[0].html"],
    [{ type: "image", src: "{{ a | nope }}", alt: "" }, "email.blocks[0].src"],
    [
      { type: "columns", columns: [[{ type: "text", text: "}" }], [{ type: "divider" }]] },
      "email.blocks[0].columns[0][0].text",
    ],
  ])("%j · is refused with its field", async (block, field) => {
    await expect(htmlOf([block])).rejects.toThrow(expect.objectContaining({ code: "validation", field }));
  });
});

test.each([
  [[]],
  [[{ type: "video" }]],
  [[{ type: "header" }]],
  [[{ type: "footer" }, { type: "footer" }]],
  [[{ type: "text", text: "x", html: "x" }]],
  [[{ type: "button", text: "x", url: "https://a.example", color: "red;} body{display:none" }]],
])("Blocks · refuses %j", (blocks) => {
  expect(Blocks.safeParse(blocks).success).toBe(false);
});
