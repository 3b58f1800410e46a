import { describe, expect, test } from "vitest";
import { faultsOf } from "./rewriteCheck.ts";

const ORIGINAL =
  "Hola {name|amigo}, soy Laura de Casa Verde: 15% menos hasta el 31 de julio en https://casa.example/a. Responde BAJA para salir.";

describe("faultsOf", () => {
  test("a text with all facts in other words · has none", () => {
    const rewritten =
      "¿Qué tal, {name|amigo}? Te saluda Laura de Casa Verde. En https://casa.example/a tienes 15% menos hasta el 31 de julio. Responde BAJA para salir";
    expect(faultsOf(ORIGINAL, rewritten)).toEqual([]);
  });

  test.each([
    ["{name|amigo}", "{name}", "the variable {name|amigo}"],
    ["15%", "20%", "the figure 15%"],
    ["31 de julio", "31 de agosto", "the date 31 de julio"],
    ["https://casa.example/a", "https://casa.example/b", "the link https://casa.example/a"],
    ["Laura", "Ana", "the name Laura"],
    [" Responde BAJA para salir.", "", "the opt-out notice Responde BAJA para salir"],
  ])("%s turned into “%s” · is named", (from, to, fault) => {
    expect(faultsOf(ORIGINAL, ORIGINAL.replace(from, to))).toContain(`It lost ${fault}.`);
  });

  test.each([
    ["a link", " Más en https://evil.example", "the link https://evil.example"],
    ["an amount", " ¡Y un bono de $500!", "the figure $500"],
    ["a variable", " {phone}", "the variable {phone}"],
    ["a variable of its own once more", " {name|amigo}", "It has the variable {name|amigo} more often"],
  ])("%s made up · is named", (_, more, fault) => {
    expect(faultsOf(ORIGINAL, ORIGINAL + more).join()).toContain(fault);
  });

  test("nothing at all · is a fault", () => {
    expect(faultsOf(ORIGINAL, " ")).toEqual(["The rewritten text is empty."]);
  });

  test("in another language · words of dates and of the notice may change, figures and the keyword may not", () => {
    const english =
      "Hi {name|amigo}, this is Laura from Casa Verde: 15% less until July 31 at https://casa.example/a. Reply BAJA to opt out.";
    expect(faultsOf(ORIGINAL, english, { translated: true })).toEqual([]);
    expect(faultsOf(ORIGINAL, english.replace("BAJA", "STOP"), { translated: true })).toHaveLength(1);
    expect(faultsOf(ORIGINAL, english.replace("July 31", "July"), { translated: true })).toHaveLength(1);
  });

  test("the name that was greeted instead · may go, once", () => {
    const greeted = { contactName: "Ana", instead: "Mike" };
    expect(faultsOf("Hi Mike, see you", "Hi Ana, see you", greeted)).toEqual([]);
    expect(faultsOf("Hi Mike, see you with Mike", "Hi Ana, see you", greeted)).toHaveLength(1);
  });
});
