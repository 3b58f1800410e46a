import { expect, test } from "vitest";
import { tokensOf } from "./tokens.ts";

const saidOf = (source: string) =>
  tokensOf(source, "html").map((token) => ("text" in token ? token.text : token.inside));

test.each<[source: string, pieces: string[]]>([
  ["Hola {name|amigo}: {{ city }}", ["Hola ", "{name|amigo}", ": ", "city"]],
  ["uno  {{- a -}}  dos", ["uno", "a", "dos"]],
  ["uno  {%- if a -%}  dos", ["uno", "if a", "dos"]],
  ["{{ a -}}   {{ b }}", ["a", "b"]],
  ["a{% comment %}{{ gone }}{% endcomment %}b", ["a", "b"]],
  ["a{% comment %}x{% endcomment -%}  b", ["a", "b"]],
  ["{% raw %}{{ stays }}{% endraw %}", ["{{ stays }}"]],
  ["{% raw %}{% endraw %}z", ["z"]],
  ["{% raw %}{x}{% endraw -%}  z", ["{x}", "z"]],
])("tokensOf · %s", (source, pieces) => {
  expect(saidOf(source)).toEqual(pieces);
});

test("tokensOf · says where a text begins whose blanks a dash has taken", () => {
  expect(tokensOf("{{ a -}}  dos", "html")).toMatchObject([{ begin: 0 }, { text: "dos", begin: 10 }]);
});

test.each([
  ["a {{ b", "{{ without its }}"],
  ["a {% if", "{% without its %}"],
  ["{% raw %} {{ a }}", "{% raw %} without its {% endraw %}"],
  ["{% comment %} a", "{% comment %} without its {% endcomment %}"],
  ["{{ 'a }} b", "a quote that does not end"],
])("tokensOf · %s is refused with its place", (source, problem) => {
  expect(() => tokensOf(source, "html")).toThrow(problem);
});
