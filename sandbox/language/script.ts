import { z } from "zod";

const Ms = z.number().int().min(0).max(600_000);

/** What is answered instead of what the rules make up; with none of the first six fields only its timing counts. */
const Answer = z.strictObject({
  text: z.string().optional(),
  /** Answered as JSON. */
  object: z.unknown().optional(),
  /** The model will not: why, where its provider says so. */
  refusal: z.string().optional(),
  /** Ends here, as if at the limit of tokens. */
  cut_off: z.string().optional(),
  /** No answer at all but this status, such as 429 or 529. */
  status: z.number().int().min(400).max(599).optional(),
  /** The connection is broken after `delay_ms`. */
  drop: z.literal(true).optional(),
  /** Seconds, or a date as HTTP writes it: sent as Retry-After with `status`. */
  retry_after: z.union([z.number().min(0), z.string()]).optional(),
  /** Before anything is answered. */
  delay_ms: Ms.default(0),
  /** Between pieces of the body, whose headers are there at once. */
  dribble_ms: Ms.optional(),
  usage: z
    .strictObject({ input: z.int().min(0), output: z.int().min(0), cached: z.int().min(0).default(0) })
    .optional(),
});
export type Answer = z.infer<typeof Answer>;

export const ScriptLine = z.strictObject({
  match: z
    .strictObject({
      /** `openai` is also what asks for a model of Ollama's. */
      provider: z.enum(["anthropic", "openai"]).optional(),
      model: z.string().optional(),
      /** Occurs in the system prompt or in a turn. */
      contains: z.string().optional(),
    })
    .prefault({}),
  /** Answers so many requests; without it, all that come. */
  times: z.number().int().min(1).optional(),
  answer: Answer,
});
type ScriptLine = z.infer<typeof ScriptLine>;

/** A request as it came, for tests to look into. */
export interface Asked {
  provider: "anthropic" | "openai";
  model: string;
  system: string;
  turns: { role: string; text: string }[];
  max_tokens: number | null;
  temperature: number | null;
  structured: boolean;
  at: number;
}

const MOST_KEPT = 1_000;

/** What models answer, in the order in which the lines were given: the first that fits. It is gone with the process. */
export class LanguageScript {
  #lines: { line: ScriptLine; left: number }[] = [];
  #asked: Asked[] = [];
  readonly #cached = new Set<string>();

  get asked(): readonly Asked[] {
    return this.#asked;
  }

  add(line: ScriptLine): void {
    this.#lines.push({ line, left: line.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#lines = [];
    this.#asked = [];
    this.#cached.clear();
  }

  /** The answer to this request; undefined: the rules make one up. */
  answerTo(asked: Asked): Answer | undefined {
    this.#asked.push(asked);
    if (this.#asked.length > MOST_KEPT) this.#asked.shift();
    const fitting = this.#lines.find(({ line, left }) => left > 0 && fits(line.match, asked));
    if (fitting === undefined) return undefined;
    fitting.left -= 1;
    return fitting.line.answer;
  }

  /** Whether a prompt was kept in the cache by an earlier request; it is from now on. */
  isCached(key: string): boolean {
    const known = this.#cached.has(key);
    this.#cached.add(key);
    return known;
  }
}

function fits({ provider, model, contains }: ScriptLine["match"], asked: Asked): boolean {
  if (provider !== undefined && provider !== asked.provider) return false;
  if (model !== undefined && model !== asked.model) return false;
  return (
    contains === undefined ||
    [asked.system, ...asked.turns.map(({ text }) => text)].some((text) => text.includes(contains))
  );
}
