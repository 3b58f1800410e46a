import { expect, test } from "vitest";
import { checkImports } from "./rules.ts";

/** Every target exists, so a fault can only be the import itself. */
function faults(...imports: [path: string, text: string][]): string[] {
  const targets = [
    "domain/decide.ts",
    "db/messages.ts",
    "providers/twilio/client.ts",
    "providers/twilio/webhookSignature.ts",
    "activities/delivery.ts",
    "workflows/campaign.ts",
    "workflows/handles.ts",
    "api/app.ts",
    "sandbox/ledger.ts",
    "config.ts",
  ];
  return checkImports(
    new Map([...targets.map((path): [string, string] => [path, "export {};"]), ...imports]),
  );
}

const forbidden: [rule: string, path: string, text: string][] = [
  ["domain → nothing of ours", "domain/a.ts", 'import { x } from "../db/messages.ts";'],
  ["domain → not even types", "domain/a.ts", 'import type { X } from "../db/messages.ts";'],
  ["domain → no configuration", "domain/a.ts", 'import { readConfig } from "../config.ts";'],
  ["db → domain only", "db/a.ts", 'import { x } from "../providers/twilio/client.ts";'],
  ["providers → domain only", "providers/a.ts", 'import { x } from "../db/messages.ts";'],
  ["activities → no workflows", "activities/a.ts", 'import { x } from "../workflows/campaign.ts";'],
  ["activities → no api", "activities/a.ts", 'export { x } from "../api/app.ts";'],
  ["workflows → no db", "workflows/a.ts", 'import { x } from "../db/messages.ts";'],
  [
    "workflows → only types of activities",
    "workflows/a.ts",
    'import { x } from "../activities/delivery.ts";',
  ],
  [
    "workflows → a mixed import is one of values",
    "workflows/a.ts",
    'import { type X, y } from "../activities/delivery.ts";',
  ],
  ["workflows → an import for its effects counts", "workflows/a.ts", 'import "../activities/delivery.ts";'],
  ["api → workflows/handles only", "api/a.ts", 'import { x } from "../workflows/campaign.ts";'],
  ["api → no activities", "api/routes/a.ts", 'import { x } from "../../activities/delivery.ts";'],
  ["api → no provider's client", "api/a.ts", 'import { x } from "../providers/twilio/client.ts";'],
  ["sandbox → nothing of ours", "sandbox/a.ts", 'import { x } from "../domain/decide.ts";'],
  ["a dynamic import counts", "domain/a.ts", 'export const x = () => import("../db/messages.ts");'],
];

test.each(forbidden)("checkImports · %s", (_rule, path, text) => {
  expect(faults([path, text])).toEqual([expect.stringContaining(`${path} imports`)]);
});

test("checkImports · finds a cycle, and only one for all its members", () => {
  const ring: [string, string][] = [
    ["domain/a.ts", 'import { b } from "./b.ts"; export const a = b;'],
    ["domain/b.ts", 'import { c } from "./c.ts"; export const b = c;'],
    ["domain/c.ts", 'export { a as c } from "./a.ts";'],
  ];
  expect(faults(...ring)).toEqual(["cycle: domain/a.ts → domain/b.ts → domain/c.ts → domain/a.ts"]);
});

test("checkImports · names a file that is not there", () => {
  expect(faults(["db/a.ts", 'import { x } from "./gone.ts";'])).toEqual([
    "db/a.ts imports db/gone.ts, which is not there",
  ]);
});

test("checkImports · lets through what the layers allow", () => {
  const allowed: [string, string][] = [
    ["db/a.ts", 'import { x } from "../domain/decide.ts";'],
    [
      "activities/a.ts",
      'import { x } from "../db/messages.ts"; import { y } from "../providers/twilio/client.ts";',
    ],
    [
      "workflows/a.ts",
      'import type { X } from "../activities/delivery.ts"; import { y } from "./handles.ts";',
    ],
    [
      "api/a.ts",
      'import { x } from "../workflows/handles.ts"; import type { Y } from "../providers/twilio/client.ts";',
    ],
    ["api/b.ts", 'import { verify } from "../providers/twilio/webhookSignature.ts";'],
    ["api/server.ts", 'import { x } from "../config.ts"; import { y } from "../providers/twilio/client.ts";'],
    ["domain/a.test.ts", 'import { x } from "../db/messages.ts";'],
  ];
  expect(faults(...allowed)).toEqual([]);
});

test("checkImports · fails where it finds no modules", () => {
  expect(() => checkImports(new Map())).toThrow("no modules");
});
