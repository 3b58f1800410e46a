import type { ErrorCode } from "../domain/errors.ts";
import { problemType, SCHEMA_STATUS, statusOf, titleOf } from "./errors.ts";
import { Problem } from "./schemas.ts";

/** The error answers of a route for its OpenAPI document: one per status, with an example for each code. */
export function errorResponses(codes: readonly ErrorCode[]) {
  const byStatus = Map.groupBy(new Set(codes), (code) => statusOf[code] as number);
  if (codes.includes("validation")) byStatus.set(SCHEMA_STATUS, ["validation"]);
  const known = [...byStatus].map(([status, ofStatus]) => [
    status,
    answer(
      ofStatus.map((code) => titleOf[code]),
      examples(status, ofStatus),
    ),
  ]);
  return Object.fromEntries([...known, [500, answer(["A fault on our side"], internal)]]);
}

const internal = {
  internal: { value: example("internal", 500, "Something went wrong on our side") },
};

function examples(status: number, codes: readonly ErrorCode[]) {
  return Object.fromEntries(codes.map((code) => [code, { value: example(code, status, titleOf[code]) }]));
}

function example(code: ErrorCode | "internal", status: number, title: string): Problem {
  return {
    type: problemType(code),
    code,
    title,
    status,
    detail: `${title}.`,
    ...(code === "validation" && {
      field: "name",
      fix: "Correct the fields named in errors; /docs shows what each takes.",
    }),
    request_id: "0f0b6a3e-6a4b-4c52-9a26-2d5a0d6f3f11",
  };
}

function answer(titles: string[], ofCodes: Record<string, { value: Problem }>) {
  return {
    description: titles.join(" · "),
    content: { "application/problem+json": { schema: Problem, examples: ofCodes } },
  };
}
