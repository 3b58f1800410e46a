import { digest, gather, type Sentence } from "../transcript.ts";
import { strangersIn } from "./allowedFacts.ts";
import type { AskOptions, LanguageModels, Question } from "./asking.ts";
import { classifyReply } from "./classify.ts";
import type { Language } from "./language.ts";
import { type CallSummary, joinSummariesPrompt, summarizeCallPrompt } from "./prompts/summarizeCall.ts";
import type { Said } from "./prompt.ts";

/** What a call comes to. */
export type CallDigest = {
  summary: string;
  actionItems: string[];
  intent: string | null;
  sentiment: "positive" | "neutral" | "negative" | null;
  /** `rules`, or the model's name. */
  digestedBy: string;
};

/** Characters that a model is given at once: a good quarter of an hour of talk. */
const PART_CHARS = 12_000;
const MOST_ITEMS = 10;
const LONGEST_SUMMARY = 2_000;
/** What a person says in a long call is read sentence by sentence up to here. */
const MOST_READ = 300;
const LONGEST_READ = 1_000;
const NAMES: Readonly<Record<Language, string>> = { en: "English", es: "Spanish", pt: "Portuguese" };

/**
 * Sums up a call by the workspace's model, a long one part by part and then as a whole; by the rules, as an extract,
 * where there is no model or any part of that fails.
 */
export async function digestCall(
  language: LanguageModels,
  workspaceId: string,
  call: { sentences: readonly Sentence[]; tongue: Language | null },
  options?: AskOptions,
): Promise<CallDigest> {
  const rules = () => digestByRules(call.sentences, call.tongue);
  if (call.sentences.length === 0) return rules();
  const parts = partsOf(call.sentences);
  const facts = parts.map(({ text }) => text);
  const ask = (prompt: typeof summarizeCallPrompt, said: Said[]) => {
    const question: Question<CallSummary> = {
      feature: "summaries",
      prompt,
      told: `Write in ${NAMES[call.tongue ?? "es"]}.`,
      said,
      check: (answer) => problemOf(answer, facts),
    };
    return language.ask(workspaceId, question, options);
  };
  const summaries: CallSummary[] = [];
  let by = "rules";
  for (const part of parts) {
    const asked = await ask(summarizeCallPrompt, [part]);
    if (asked.by === "rules") return rules();
    summaries.push(asked.answer);
    by = asked.model;
  }
  if (summaries.length > 1) {
    const asked = await ask(
      joinSummariesPrompt,
      summaries.map((one, n) => ({ label: `part ${n + 1} of the call`, text: JSON.stringify(one) })),
    );
    if (asked.by === "rules") return rules();
    summaries.splice(0, summaries.length, asked.answer);
  }
  const [whole] = summaries;
  if (whole === undefined) return rules();
  return {
    summary: whole.summary.trim(),
    actionItems: whole.action_items.map((item) => item.trim()).filter(Boolean),
    intent: whole.intent,
    sentiment: whole.sentiment,
    digestedBy: by,
  };
}

function problemOf({ summary, action_items }: CallSummary, facts: readonly string[]): string | undefined {
  if (summary.trim() === "") return "the summary is empty.";
  if (summary.length > LONGEST_SUMMARY) return `the summary has more than ${LONGEST_SUMMARY} characters.`;
  if (action_items.length > MOST_ITEMS) return `there are more than ${MOST_ITEMS} action items.`;
  const strange = strangersIn([summary, ...action_items].join("\n"), facts);
  return strange.length === 0
    ? undefined
    : `links, addresses or numbers that were not said: ${strange.join(", ")}.`;
}

/** By whole sentences, each after who said it. */
function partsOf(sentences: readonly Sentence[]): Said[] {
  const texts: string[] = [];
  for (const { speaker, text } of sentences) {
    const line = `${speaker}: ${text.trim()}`;
    const last = texts.at(-1);
    if (last !== undefined && last.length + line.length < PART_CHARS)
      texts[texts.length - 1] = `${last}\n${line}`;
    else texts.push(line);
  }
  const of = texts.length;
  return texts.map((text, n) => ({
    label: of === 1 ? "the call" : `part ${n + 1} of ${of} of the call`,
    text,
  }));
}

/** An extract, and what the person's own sentences mean taken together. */
function digestByRules(sentences: readonly Sentence[], tongue: Language | null): CallDigest {
  const theirs = sentences.filter(({ speaker, text }) => speaker !== "agent" && text.trim() !== "");
  const readings = theirs
    .slice(0, MOST_READ)
    .map(({ text }) =>
      classifyReply({ reply_text: text.slice(0, LONGEST_READ), language: tongue ?? undefined }),
    );
  const { summary, actionItems } = digest(sentences, tongue);
  return { summary, actionItems, ...gather(readings), digestedBy: "rules" };
}
