import { z } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { expect, test } from "vitest";
import { DomainError, ERROR_CODES } from "../domain/errors.ts";
import { codedError, statusOf } from "./errors.ts";
import { faultOf, problemOf, validationError } from "./problem.ts";

const faultsOf = (schema: z.ZodType, value: unknown) => schema.safeParse(value).error?.issues ?? [];

test.each(ERROR_CODES)("problemOf · gives %s its status, its stable type and what to do", (code) => {
  const problem = problemOf(
    new DomainError(code, "Because.", { field: "a.b", fix: "Do this.", details: { n: 1 } }),
    "r1",
  );
  expect(problem).toMatchObject({
    type: `urn:campanile:problem:${code}`,
    code,
    status: statusOf[code],
    detail: "Because.",
    field: "a.b",
    fix: "Do this.",
    details: { n: 1 },
    request_id: "r1",
  });
});

test("problemOf · says nothing of a fault of ours", () => {
  const problem = problemOf(new Error("password=hunter2"), "r1");
  expect(problem).toMatchObject({ status: 500, code: "internal" });
  expect(JSON.stringify(problem)).not.toContain("hunter2");
});

test("validationError · is 400 for what the document shows, and names each field as it was written", () => {
  const Body = z.strictObject({ ids: z.array(z.object({ id: z.string() })), n: z.number().max(3) });
  const problem = problemOf(
    validationError("body", faultsOf(Body, { ids: [{ id: 1 }], n: 4, other: true })),
    "r1",
  );
  expect(problem.status).toBe(400);
  expect(problem.errors?.map((one) => one.field)).toEqual(["ids[0].id", "n", "other"]);
  expect(problem.field).toBe("ids[0].id");
});

test("validationError · is 422 for what a schema cannot show", () => {
  const Zone = z.object({ zone: z.string().refine((zone) => zone === "UTC", "must be a zone") });
  expect(problemOf(validationError("body", faultsOf(Zone, { zone: "x" })), "r1")).toMatchObject({
    status: 422,
    code: "validation",
    field: "zone",
  });
  const nested = z.object({ mapping: z.object({ name: z.string() }) });
  expect(problemOf(validationError("query", faultsOf(nested, { mapping: { name: 1 } })), "r1").status).toBe(
    422,
  );
});

test("validationError · where several forms are allowed names what is wrong by the one that was meant", () => {
  const Steps = z.array(
    z.object({ delay: z.string().refine((text) => text === "P1D", "must be a duration") }),
  );
  const Sequence = z.object({ sequence: z.union([z.object({ steps: Steps }), Steps]) });
  const problem = (given: unknown) =>
    problemOf(validationError("body", faultsOf(Sequence, { sequence: given })), "r1");
  expect(problem([{ delay: "P1D" }, { delay: "soon" }])).toMatchObject({
    status: 422,
    field: "sequence[1].delay",
    detail: "sequence[1].delay: must be a duration",
  });
  expect(problem({ steps: [{ delay: 3 }] })).toMatchObject({ status: 400, field: "sequence.steps[0].delay" });
  expect(problem("daily")).toMatchObject({ status: 400, field: "sequence" });
});

test("validationError · names the whole where no field is at fault", () => {
  expect(problemOf(validationError("body", faultsOf(z.object({}), [])), "r1").field).toBe("body");
});

test.each([
  [400, 400, "validation"],
  [413, 413, "too_large"],
  [415, 415, "unsupported"],
  [418, 500, "internal"],
] as const)("problemOf · maps the framework's %i to %i %s", (given, status, code) => {
  expect(problemOf(new HTTPException(given as 400), "r1")).toMatchObject({ status, code });
});

test.each([
  ["23505", "conflict"],
  ["23503", "conflict"],
  ["22P05", "validation"],
  ["40001", "unavailable"],
  ["57P01", "unavailable"],
  ["08006", "unavailable"],
  ["ECONNREFUSED", "unavailable"],
])("codedError · knows the database's %s as %s and does not repeat its words", (code, expected) => {
  const error = Object.assign(new Error("Key (email)=(ana@example.com) exists"), { code });
  const coded = codedError(error);
  expect(coded?.code).toBe(expected);
  expect(coded?.message).not.toContain("ana@");
});

test("faultOf · keeps the database's message, which quotes values, out of the log", () => {
  const inner = Object.assign(new Error('invalid: "ana@example.com"'), { code: "XX000", severity: "ERROR" });
  const fault = faultOf(new Error("could not", { cause: inner }));
  expect(fault).toMatchObject({ type: "Error", message: "could not", cause: { code: "XX000" } });
  expect(JSON.stringify(fault)).not.toContain("ana@");
  expect(faultOf("text")).toEqual({ type: "string" });
});
