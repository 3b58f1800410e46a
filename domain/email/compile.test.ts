import { describe, expect, test } from "vitest";
import type { TemplateValues } from "../template.ts";
import { type CompileOptions, compileEmail } from "./compile.ts";
import type { EmailWords } from "./content.ts";
import { applyValues, fillEmail, withLinks } from "./fill.ts";

const LINKS = { unsubscribe_url: "https://go.example/u/abc", preferences_url: "https://go.example/p/abc" };
const PLAIN: CompileOptions = { language: "es", marketing: false, physical_address: null };
const MARKETING: CompileOptions = {
  language: "es",
  marketing: true,
  physical_address: "Calle 1 # 2-3, Cali",
};

function person(contact: object, attributes: object = {}, variables: object = {}): TemplateValues {
  return { contact: { ...contact }, attributes: { ...attributes }, variables: { ...variables } };
}

/** The mail as the person gets it. */
function rendered(words: Partial<EmailWords>, who: TemplateValues, options = PLAIN) {
  const compiled = compileEmail({ subject: "Hola", html: "<p>Hola</p>", ...words }, options);
  const filled = fillEmail(compiled, who);
  if (!filled.ok) throw new Error(`${filled.reason}: ${filled.missing.join()}`);
  return applyValues(compiled, withLinks(compiled, filled.values, LINKS));
}

const bodyOf = (html: string) => /<body>(.*)<\/body>/s.exec(html)?.[1];

describe("compileEmail", () => {
  test("variables and logic · become one person's mail", () => {
    const words = {
      subject: "{name|amigo}, hay novedades en {{ city | upcase }}",
      html: `<p>Hola {name|amigo}</p>{% if vip %}<b>Gracias, {name}</b>{% else %}<i>Conócenos</i>{% endif %}`,
    };
    const mail = rendered(words, person({ name: "Ana & Luz", city: "Cali" }, { vip: true }));
    expect(mail.subject).toBe("Ana & Luz, hay novedades en CALI");
    expect(bodyOf(mail.html)).toBe("<p>Hola Ana &amp; Luz</p><b>Gracias, Ana &amp; Luz</b>");
    expect(mail.text).toBe("Hola Ana & Luz\n\nGracias, Ana & Luz");
    expect(bodyOf(rendered(words, person({ city: "Cali", name: " " })).html)).toBe(
      "<p>Hola amigo</p><i>Conócenos</i>",
    );
  });

  test("a list · is written with commas", () => {
    const words = { html: "<p>{{ wishes }}</p>" };
    const who = person({}, { wishes: ["casa", 3, true] });
    expect(bodyOf(rendered(words, who).html)).toBe("<p>casa, 3, true</p>");
  });

  test("a figure that does not exist · counts as missing", () => {
    const compiled = compileEmail({ subject: "x", html: "<p>{{ price | divided_by: 0 }}</p>" }, PLAIN);
    expect(fillEmail(compiled, person({ price: 3 }))).toMatchObject({ missing: ["price"] });
  });

  test("the skeleton · is shared, and says nothing of a person", () => {
    const compiled = compileEmail(
      { subject: "Hola {name}", html: "<p>{name}</p><p>{name} {city}</p>" },
      PLAIN,
    );
    expect(compiled.slots.filter((slot) => "variable" in slot)).toHaveLength(3);
    expect(JSON.stringify(compiled.slots)).not.toContain("Ana");
    const filled = fillEmail(JSON.parse(JSON.stringify(compiled)), person({ name: "Ana", city: "Cali" }));
    expect(filled).toEqual(fillEmail(compiled, person({ name: "Ana", city: "Cali" })));
  });

  test("lists · are walked, with what is assigned on the way", () => {
    const html = `{% assign best = products | first %}<h1>{{ best.name }}</h1><ul>{% for p in products %}<li><a href="{{ p.url }}">{{ p.name }}</a></li>{% endfor %}</ul>`;
    const products = [
      { name: "Uno", url: "https://shop.example/1?a=1&b=2" },
      { name: "<Dos>", url: "https://shop.example/2" },
    ];
    const mail = rendered({ html }, person({}, {}, { products }));
    expect(bodyOf(mail.html)).toBe(
      `<h1>Uno</h1><ul><li><a href="https://shop.example/1?a=1&amp;b=2">Uno</a></li><li><a href="https://shop.example/2">&lt;Dos&gt;</a></li></ul>`,
    );
    expect(mail.text).toBe("Uno\n\n- Uno [https://shop.example/1?a=1&b=2]\n- <Dos> [https://shop.example/2]");
  });

  test("a variable without value or fallback · is named, whatever it is written in", () => {
    const compiled = compileEmail(
      {
        subject: "{a}",
        html: `<p>{b|}{c|x}{{ d }}{{ e | default: "" }}{% if f %}{f}{% else %}{g}{% endif %}</p>`,
      },
      PLAIN,
    );
    expect(fillEmail(compiled, person({ c: "" }))).toMatchObject({
      ok: false,
      reason: "missing_variables",
      missing: ["a", "d", "g"],
    });
  });

  test("a link that leads nowhere or to a program · counts as missing; parts of one are encoded", () => {
    const html = `<a href="{link}">x</a><a href="https://shop.example/{slug}?q={city}">y</a>`;
    const compiled = compileEmail({ subject: "x", html }, PLAIN);
    for (const link of ["javascript:alert(1)", "shop", "data:text/html,x", "//evil.example", "https://"])
      expect(fillEmail(compiled, person({ link, slug: "a", city: "b" }))).toMatchObject({
        missing: ["link"],
      });
    const who = person({ link: 'https://a.example/"x y"', slug: "a/b", city: "Bogotá & más" });
    expect(bodyOf(rendered({ html }, who).html)).toBe(
      `<a href="https://a.example/%22x%20y%22">x</a><a href="https://shop.example/a%2Fb?q=Bogot%C3%A1%20%26%20m%C3%A1s">y</a>`,
    );
  });

  test("a style within logic · keeps its braces", () => {
    const html = `{% if vip %}<style>.a{color}</style><p>{name}</p>{% endif %}`;
    const mail = rendered({ html }, person({ name: "Ana" }, { vip: true }));
    expect(bodyOf(mail.html)).toBe("<style>.a{color}</style><p>Ana</p>");
  });

  test("a value with a shape of its own in a tag · stays in its place", () => {
    const html = `<p title = "{name}"/><br/ ><input disabled/><a id=x class="{% if vip %}a{% else %}b{% endif %}">{name}</a>`;
    const mail = rendered({ html }, person({ name: "Ana" }, { vip: true }));
    expect(bodyOf(mail.html)).toBe(`<p title = "Ana"/><br/ ><input disabled/><a id=x class="a">Ana</a>`);
  });

  test("braces of a style, of Outlook's comments and of raw · are theirs", () => {
    const html = `<html><head><style>@media (max-width:600px){.a{color:red}}</style><!--[if mso]><style>p{margin:0}</style><v:rect href="{link}"/><![endif]--></head><body>{% raw %}&#123;{% endraw %}<p>{name}</p></body></html>`;
    const mail = rendered({ html }, person({ name: "Ana", link: "https://a.example" }));
    expect(mail.html).toBe(
      html
        .replace("{link}", "https://a.example")
        .replace("{name}", "Ana")
        .replace(/\{% \w+ %\}/g, ""),
    );
  });

  test("marketing without a way to leave · gets a footer in the person's language, in HTML and text", () => {
    const mail = rendered(
      { html: "<html><body><p>Hola</p></body></html>", text: "Hola" },
      person({}),
      MARKETING,
    );
    expect(mail.html).toMatch(
      /<p>Hola<\/p>.*Calle 1 # 2-3, Cali.*href="https:\/\/go\.example\/u\/abc".*Darme de baja.*<\/body>/s,
    );
    expect(mail.text).toMatch(/^Hola\n.*Darme de baja: https:\/\/go\.example\/u\/abc/s);
    const english = rendered({}, person({}), { ...MARKETING, language: "en_US" });
    expect(english.text).toContain("Unsubscribe [https://go.example/u/abc]");
    const own = rendered(
      { html: `<p>{physical_address} <a href="{unsubscribe_url}">Adiós</a></p>` },
      person({}),
      MARKETING,
    );
    expect(bodyOf(own.html)).toBe(
      `<p>Calle 1 # 2-3, Cali <a clicktracking=off href="https://go.example/u/abc">Adiós</a></p>`,
    );
  });

  test("the links for leaving · are not counted as clicks, and others are as they were written", () => {
    const html =
      `<p><A class="x" href='{preferences_url}'>Temas</A> <a href="{unsubscribe_url}">Baja</a> ` +
      `<a clicktracking=off href="{unsubscribe_url}">Adiós</a> <a href="https://a.example/{code}">Ver</a></p>`;
    const own = rendered({ html }, person({}, {}, { code: "7" }), MARKETING);
    expect(own.html.match(/<a[^>]*>/gi)).toEqual([
      `<A clicktracking=off class="x" href='https://go.example/p/abc'>`,
      `<a clicktracking=off href="https://go.example/u/abc">`,
      `<a clicktracking=off href="https://go.example/u/abc">`,
      `<a href="https://a.example/7">`,
    ]);
  });

  test("marketing without a physical address · is refused", () => {
    expect(() =>
      compileEmail({ subject: "x", html: "<p>x</p>" }, { ...MARKETING, physical_address: " " }),
    ).toThrow(expect.objectContaining({ code: "validation", field: "settings.email.physical_address" }));
  });

  test("what we fill in · may be asked for in either way, in the subject and in a text of one's own too", () => {
    const html = `<p title="{{ physical_address }}">{{physical_address}}</p><a href="{{ unsubscribe_url }}">Adiós</a>`;
    const text = "{physical_address}\n{{ unsubscribe_url }}";
    const mail = rendered({ subject: "{physical_address}", html, text }, person({}), MARKETING);
    expect(mail).toMatchObject({
      subject: "Calle 1 # 2-3, Cali",
      text: "Calle 1 # 2-3, Cali\nhttps://go.example/u/abc",
    });
    expect(bodyOf(mail.html)).toBe(
      `<p title="Calle 1 # 2-3, Cali">Calle 1 # 2-3, Cali</p><a clicktracking=off href="https://go.example/u/abc">Adiós</a>`,
    );
    const missing = { subject: "x", html: "<p>{{ physical_address }}</p>" };
    expect(() => compileEmail(missing, PLAIN)).toThrow(
      expect.objectContaining({ field: "settings.email.physical_address" }),
    );
  });

  test("a text of one's own that says how to leave · gets no footer", () => {
    const text = "Adiós: {unsubscribe_url}";
    const mail = rendered({ html: "<p>Hola</p>", text }, person({}), MARKETING);
    expect(mail.text).toBe("Adiós: https://go.example/u/abc");
  });

  test("a preheader with logic · is one person's too", () => {
    const words = { preheader: "Hola{% if name %} {{ name }}{% endif %}" };
    expect(rendered(words, person({ name: "A & B" })).preheader).toBe("Hola A &amp; B");
  });

  test("a link within logic · gets its address when it is sent", () => {
    const html = `{% if vip %}<a href="{unsubscribe_url}">Adiós, {name}</a>{% endif %}`;
    const mail = rendered({ html }, person({ name: "Ana" }, { vip: "sí" }), MARKETING);
    expect(bodyOf(mail.html)).toBe(`<a href="https://go.example/u/abc">Adiós, Ana</a>`);
    expect(mail.text).toBe("Adiós, Ana [https://go.example/u/abc]");
  });

  test("the text that is made of HTML · has blanks beside logic, alt texts, and lines for rows", () => {
    const html = `<p>Hola{% if name %} {name}{% endif %}.</p><a href="https://a.example"><img src="https://a.example/x.png" alt="Ver"></a><table>{% for n in list %}<tr><td>{{ n }}</td></tr>{% endfor %}</table>`;
    const mail = rendered({ html }, person({ name: "Ana" }, {}, { list: ["uno", "dos"] }));
    expect(mail.text).toBe("Hola Ana.\n\nVer [https://a.example]\n\nuno\ndos");
    const inline = rendered({ html: "<p>Uno{% if a %} <b>dos</b> {% endif %}tres</p>" }, person({ a: 1 }));
    expect(inline.text).toBe("Uno dos tres");
  });

  test("a preheader · stands hidden at the start of the body, and not in the text", () => {
    const mail = rendered({ preheader: "Solo hoy, {name} <3", html: "<p>Hola</p>" }, person({ name: "Ana" }));
    expect(mail.preheader).toBe("Solo hoy, Ana &lt;3");
    expect(mail.html).toMatch(/<body><div style="display:none[^>]*>Solo hoy, Ana &lt;3&#847;/);
    expect(mail.text).toBe("Hola");
  });

  test.each([
    ["<p>{name</p>", "a brace that belongs to no variable", 3],
    ["<p>Hola }</p>", "a brace that belongs to no variable", 8],
    ["<p>{1a}</p>", "a brace that belongs to no variable", 3],
    ["<p>{{ name </p>", "{{ without its }}", 3],
    ["{% if x %}<p>", "{% if %} without its {% endif %}", 0],
    ["{% endif %}", "{% endif %}, which does not belong there", 0],
    ["x{% include 'a' %}", "{% include %}, which does not belong there", 1],
    ["x{{ a | json }}", "Liquid that cannot be read (undefined filter: json)", 1],
    ["x{{ a | append: 'b }}", "a quote that does not end", 1],
    ["<p style='color:{c}'>", "a value where none is safe", 16],
    ["<p onclick='{c}'>", "a value where none is safe", 12],
    ["<p {c}>", "a value where none is safe", 3],
    ["<a href={c}>", "a value where none is safe", 8],
    ["<style>{{ c }}</style>", "a value where none is safe", 7],
    ["<script>{{ c }}</script>", "a value where none is safe", 8],
    [`{% if a %}<a href="{% endif %}">`, "ways end in different places", 0],
    [`{% if a %}<a href="{% else %}<b>{% endif %}`, "ways end in different places", 0],
    [`{% for a in b %}<a title="{% endfor %}`, "ways end in different places", 0],
  ])("%s · is refused with its place", (html, problem, position) => {
    expect(() => compileEmail({ subject: "x", html }, { ...PLAIN, field: "template.email" })).toThrow(
      expect.objectContaining({
        code: "validation",
        field: "template.email.html",
        message: expect.stringContaining(problem),
        details: expect.objectContaining({ position }),
      }),
    );
  });
});

describe("fillEmail", () => {
  test.each(["constructor", "__proto__.polluted", "toString", "name.constructor.constructor"])(
    "%s · is nobody's value",
    (name) => {
      const compiled = compileEmail({ subject: "x", html: `<p>{{ ${name} }}</p>` }, PLAIN);
      expect(fillEmail(compiled, person({ name: "Ana" }))).toMatchObject({ reason: "missing_variables" });
    },
  );

  test("loops without an end in sight · are given up, not waited for", () => {
    const loop = "{% for a in (1..1000) %}".repeat(5) + "x" + "{% endfor %}".repeat(5);
    for (const html of [loop, "{% for a in (1..100000000) %}x{% endfor %}"]) {
      expect(fillEmail(compileEmail({ subject: "x", html }, PLAIN), person({}))).toMatchObject({
        ok: false,
        reason: "content_failed",
      });
    }
  });

  test("words that use the engine's own filter · make nothing", () => {
    const compiled = compileEmail({ subject: "x", html: "<p>{{ name | _put: 9 }}</p>" }, PLAIN);
    expect(fillEmail(compiled, person({ name: "Ana" }))).toMatchObject({ reason: "content_failed" });
  });

  test("more than a call takes for one person · is said", () => {
    const compiled = compileEmail({ subject: "x", html: "<p>{about}</p>" }, PLAIN);
    expect(fillEmail(compiled, person({ about: "x".repeat(9000) }))).toMatchObject({
      ok: false,
      reason: "content_too_large",
    });
  });
});
