import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "hono";
import type { HttpBindings } from "@hono/node-server";
import type { Sandbox } from "../sandbox.ts";
import { faultOfSchema, gist, type JsonSchema, madeUp } from "./madeUp.ts";
import type { Answer, Asked } from "./script.ts";

export type LanguageContext = Context<{ Bindings: HttpBindings }>;

/** How a provider writes what came of a request. */
export interface Dialect {
  error(status: number, message: string): unknown;
  body(came: Outcome): unknown;
  /** Whether its strict form wants every field of an object. */
  everyField: boolean;
}

export interface Outcome {
  asked: Asked;
  text: string;
  end: "done" | "refused" | "cut_off";
  refusal: string;
  tokens: { input: number; output: number; cached: number; written: number };
}

/** Four characters are about a token. */
const tokensOf = (text: string) => Math.ceil(text.length / 4);
/** Shorter prompts are not kept by any provider. */
const LEAST_CACHED = 1_024;
const PIECES = 20;

/** Answers a request by the script, or by rules where it says nothing, at the pace that it says. */
export async function replyTo(
  sandbox: Sandbox,
  c: LanguageContext,
  dialect: Dialect,
  { asked, schema, cache }: { asked: Asked; schema: JsonSchema | undefined; cache: boolean },
): Promise<Response> {
  const fault = faultOfSchema(schema, dialect.everyField);
  if (fault !== undefined) return c.json(dialect.error(400, fault) as object, 400);
  const answer = sandbox.language.answerTo(asked);
  if (answer !== undefined && answer.delay_ms > 0) await sleep(answer.delay_ms);
  if (answer?.drop) {
    (c.env.outgoing as ServerResponse).socket?.resetAndDestroy();
    return c.body(null);
  }
  if (answer?.status !== undefined) {
    if (answer.retry_after !== undefined) c.header("retry-after", String(answer.retry_after));
    return c.json(dialect.error(answer.status, "As the script says.") as object, answer.status as 400);
  }
  const body = JSON.stringify(dialect.body(outcomeOf(sandbox, asked, answer, schema, cache)));
  c.header("content-type", "application/json");
  return answer?.dribble_ms === undefined
    ? c.body(body)
    : c.body(dribbled(body, answer.dribble_ms) as unknown as ReadableStream);
}

function outcomeOf(
  sandbox: Sandbox,
  asked: Asked,
  answer: Answer | undefined,
  schema: JsonSchema | undefined,
  cache: boolean,
): Outcome {
  const last = asked.turns.at(-1)?.text ?? "";
  const made = () => (schema === undefined ? gist(last) : JSON.stringify(madeUp(schema, last)));
  const scripted = answer?.object === undefined ? answer?.text : JSON.stringify(answer.object);
  const text = answer?.refusal === undefined ? (answer?.cut_off ?? scripted ?? made()) : "";
  const system = cache ? tokensOf(asked.system) : 0;
  const kept = system >= LEAST_CACHED && sandbox.language.isCached(`${asked.model}\n${asked.system}`);
  const all = tokensOf(asked.system + asked.turns.map((turn) => turn.text).join(""));
  const written = system >= LEAST_CACHED && !kept ? system : 0;
  const cached = kept ? system : 0;
  const given = answer?.usage;
  return {
    asked,
    text,
    end: answer?.refusal !== undefined ? "refused" : answer?.cut_off !== undefined ? "cut_off" : "done",
    refusal: answer?.refusal ?? "",
    tokens: given
      ? { ...given, written: 0 }
      : { input: all - cached - written, output: tokensOf(text), cached, written },
  };
}

function dribbled(body: string, pauseMs: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(body);
  const size = Math.ceil(bytes.length / PIECES);
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      if (at > 0) await sleep(pauseMs);
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
      if (at >= bytes.length) controller.close();
    },
  });
}
