import { randomBytes } from "node:crypto";
import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, handleWhen, type IPolicy } from "cockatiel";
import type { AskOptions, LanguageModels, Question } from "../../domain/language/asking.ts";
import { mask, revealAll } from "../../domain/language/masking.ts";
import { costOf, isPriced, NO_TOKENS, type TokenUsage } from "../../domain/language/prices.ts";
import { askedAgain, fenced } from "../../domain/language/prompt.ts";
import type {
  FallbackReason,
  LanguageFeature,
  LanguageProvider,
  ModelFault,
  ModelProvider,
} from "../../domain/language/providers.ts";
import type { LanguageSettings } from "../../domain/languageSettings.ts";
import { LlmError, type LlmProvider, type LlmRequest } from "./llm.ts";

/** One call of a model, as it is kept. Nothing of what was said. */
export interface LanguageCall {
  workspaceId: string;
  feature: LanguageFeature;
  prompt: string;
  provider: ModelProvider;
  model: string;
  outcome: "answered" | "not_allowed" | ModelFault;
  usage: TokenUsage;
  /** Millionths of a US dollar; null: the model's price is not known. */
  costMicros: number | null;
  milliseconds: number;
}

export type BudgetSpan = "day" | "month";

/** What language work reads and writes down; db/languageBook.ts has it. */
export interface LanguageBook {
  settingsOf(workspaceId: string): Promise<LanguageSettings>;
  /** Millionths of a US dollar, by the workspace's calendar. */
  spentBy(workspaceId: string): Promise<Record<BudgetSpan, number>>;
  record(call: LanguageCall): Promise<void>;
  /** Tells people which budgets are used up, and which are not any more. */
  tellBudget(workspaceId: string, usedUp: Record<BudgetSpan, boolean>): Promise<void>;
}

export interface LanguageParts {
  book: LanguageBook;
  /** Those that are configured. */
  providers: Partial<Record<ModelProvider, LlmProvider>>;
  /** Of workspaces that have not chosen. */
  provider: LanguageProvider;
  models: Record<ModelProvider, string>;
  maxTokens: number;
}

/** Failures in a row after which a provider is left alone, and for how long. */
const FAILURES = 5;
const ALONE_MS = 30_000;
/** Faults that the next call would meet as well. */
const OUTAGES: ReadonlySet<ModelFault> = new Set(["overloaded", "timeout", "unreachable", "unauthorized"]);
const MAY_PASS: ReadonlySet<ModelFault> = new Set(["rate_limited", "overloaded"]);
/** Where a provider does not say when to come back. */
const USUAL_WAIT_MS = 2_000;
const MICROS_PER_CENT = 10_000;

/** Language work on these parts, with a circuit breaker for each provider. */
export function createLanguage(on: LanguageParts): LanguageModels {
  const circuits = new Map<ModelProvider, IPolicy>();
  const circuitOf = (provider: ModelProvider): IPolicy => {
    const known = circuits.get(provider);
    if (known !== undefined) return known;
    const made = circuitBreaker(
      handleWhen((error) => error instanceof LlmError && OUTAGES.has(error.fault)),
      { halfOpenAfter: ALONE_MS, breaker: new ConsecutiveBreaker(FAILURES) },
    );
    circuits.set(provider, made);
    return made;
  };
  return {
    async ask(workspaceId, question, options = {}) {
      const settings = await on.book.settingsOf(workspaceId);
      const name = settings.provider ?? on.provider;
      if (name === "rules" || !settings.features[question.feature]) return { by: "rules" };
      const model = settings.model ?? on.models[name];
      const fallBack = (reason: FallbackReason) => ({ by: "rules" as const, fallback_from: name, reason });
      const provider = on.providers[name];
      if (provider === undefined) return fallBack("not_configured");
      const unaffordable = await budgetOf(on.book, workspaceId, settings, name, model);
      if (unaffordable !== undefined) return fallBack(unaffordable);
      const call: Call = { on, workspaceId, provider, model, circuit: circuitOf(name), options };
      const asked = await askTwice(call, question, settings.mask_personal_data);
      return "reason" in asked ? fallBack(asked.reason) : { by: name, model, answer: asked.answer };
    },
  };
}

async function budgetOf(
  book: LanguageBook,
  workspaceId: string,
  settings: LanguageSettings,
  provider: ModelProvider,
  model: string,
): Promise<FallbackReason | undefined> {
  const { budget_day_minor: day, budget_month_minor: month } = settings;
  if (day === null && month === null) return undefined;
  if (!isPriced(provider, model)) return "price_unknown";
  const spent = await book.spentBy(workspaceId);
  const reached = (cents: number | null, micros: number) =>
    cents !== null && micros >= cents * MICROS_PER_CENT;
  const usedUp = { day: reached(day, spent.day), month: reached(month, spent.month) };
  await book.tellBudget(workspaceId, usedUp);
  return usedUp.day || usedUp.month ? "budget_used_up" : undefined;
}

interface Call {
  on: LanguageParts;
  workspaceId: string;
  provider: LlmProvider;
  model: string;
  circuit: IPolicy;
  options: AskOptions;
}

/** An answer that cannot be used is asked for once more, with what is wrong with it. */
async function askTwice<T>(
  call: Call,
  question: Question<T>,
  masking: boolean,
): Promise<{ answer: T } | { reason: FallbackReason }> {
  const masked = masking
    ? mask(
        question.said.map(({ text }) => text),
        question.names ?? [],
      )
    : undefined;
  const said = question.said.map((one, at) => ({ ...one, text: masked?.texts[at] ?? one.text }));
  const fence = randomBytes(16).toString("hex");
  const turns: LlmRequest<T>["turns"][number][] = [
    { role: "user", text: fenced(question.told ?? "", said, fence) },
  ];
  for (let tries = 1; ; tries++) {
    const tried = await askOnce(call, question, turns, (answer) =>
      masked === undefined ? answer : revealAll(answer, masked.reveal),
    );
    if (!("problem" in tried)) return tried;
    if (tries === 2 || tried.text === "") return { reason: tried.reason };
    turns.push({ role: "assistant", text: tried.text }, { role: "user", text: askedAgain(tried.problem) });
  }
}

type Tried<T> =
  | { answer: T }
  | { reason: FallbackReason }
  | { reason: FallbackReason; problem: string; text: string };

async function askOnce<T>(
  call: Call,
  question: Question<T>,
  turns: LlmRequest<T>["turns"],
  reveal: (answer: T) => T,
): Promise<Tried<T>> {
  const { on, provider, model, circuit, options } = call;
  const { prompt } = question;
  const started = performance.now();
  const record = (outcome: LanguageCall["outcome"], usage: TokenUsage) =>
    on.book.record({
      workspaceId: call.workspaceId,
      feature: question.feature,
      prompt: `${prompt.name}@${prompt.version}`,
      provider: provider.name,
      model,
      outcome,
      usage,
      costMicros: costOf(provider.name, model, usage),
      milliseconds: Math.round(performance.now() - started),
    });
  try {
    const { object, text, usage } = await circuit.execute(() =>
      provider.complete<T>({
        model,
        system: prompt.system,
        turns,
        object: { name: prompt.name, schema: prompt.schema },
        maxTokens: on.maxTokens,
        ...(options.signal !== undefined && { signal: options.signal }),
      }),
    );
    const answer = reveal(object as T);
    const problem = question.check?.(answer);
    await record(problem === undefined ? "answered" : "not_allowed", usage);
    return problem === undefined ? { answer } : { reason: "not_allowed", problem, text };
  } catch (error) {
    if (error instanceof BrokenCircuitError) return { reason: "circuit_open" };
    if (!(error instanceof LlmError)) throw error;
    await record(error.fault, error.usage ?? NO_TOKENS);
    if (error.said !== undefined) return { reason: error.fault, ...error.said };
    throwIfWaitedFor(error, options.mayWaitMs ?? 0);
    return { reason: error.fault };
  }
}

function throwIfWaitedFor(error: LlmError, mayWaitMs: number): void {
  if (!MAY_PASS.has(error.fault)) return;
  const retryAfterMs = error.retryAfterMs ?? USUAL_WAIT_MS;
  if (retryAfterMs <= mayWaitMs) throw new LlmError(error.fault, error.message, { retryAfterMs });
}
