import type { AskOptions, LanguageModels } from "./asking.ts";
import { CALM, riskOfText } from "./banRisk.ts";
import { languageOf } from "./classify.ts";
import { greetable, greetingOf } from "./greeting.ts";
import { type ModelRewriting, rewriteTextPrompt } from "./prompts/rewriteText.ts";
import type { FallbackReason, LanguageProvider, ModelProvider } from "./providers.ts";
import { rewriteByRules, type RewriteRequest, type Rewritten } from "./rewrite.ts";
import { faultsOf } from "./rewriteCheck.ts";
import { mask } from "./textFacts.ts";

/** A rewriting, and, where the rules had to answer, instead of whom and why. */
export type RewrittenText = Omit<Rewritten, "provider"> & {
  provider: LanguageProvider;
  fallback_from?: ModelProvider;
  reason?: FallbackReason;
};

/**
 * Rewrites by the workspace's model, and by the rules where there is none or it fails. What a model wrote is held
 * against the original; where it lost or made up a fact or raised the risk, twice, the original comes back with the reason.
 */
export async function rewriteText(
  language: LanguageModels,
  workspaceId: string,
  request: RewriteRequest,
  options?: AskOptions,
): Promise<RewrittenText> {
  const { message, contact_name, tone } = request;
  const name = contact_name === undefined ? undefined : greetable(contact_name);
  let refused = "";
  const question = {
    feature: "rewriting" as const,
    prompt: rewriteTextPrompt,
    told: toldOf(request),
    said: [
      { label: "the message", text: message },
      ...(name === undefined ? [] : [{ label: "whom to greet", text: name }]),
    ],
    names: name === undefined ? [] : [name],
    check: ({ rewritten }: ModelRewriting) => {
      const faults = faultsIn(request, name, rewritten);
      refused = faults.join(" ");
      return faults.length === 0 ? undefined : refused;
    },
  };
  const asked = await language.ask(workspaceId, question, options);
  if (asked.by !== "rules") {
    const { rewritten, changes } = asked.answer;
    return { original: message, rewritten, tone, provider: asked.by, changes };
  }
  const { by: _, ...instead } = asked;
  if (asked.reason !== "not_allowed") return { ...rewriteByRules(request), ...instead };
  const changes = [`Left as it was: the model's wording was refused. ${refused}`];
  return { original: message, rewritten: message, tone, provider: "rules", changes, ...instead };
}

function toldOf({ message, tone, language }: RewriteRequest): string {
  const kept = languageOf(message);
  const into = language ?? kept;
  return `Tone: ${tone}. Language: ${into === undefined ? "that of the message" : into}.`;
}

/** What is wrong with a model's wording, in sentences that the model may be told. */
function faultsIn(
  { message, language }: RewriteRequest,
  name: string | undefined,
  rewritten: string,
): string[] {
  const { masked, facts } = mask(message);
  const greeting = greetingOf(masked, facts);
  const translated = language !== undefined && language !== languageOf(message);
  const faults = faultsOf(message, rewritten, {
    contactName: name,
    instead: name === undefined ? undefined : greeting.name,
    translated,
  });
  if (name !== undefined && greeting.greets !== "variable" && !rewritten.includes(name))
    faults.push("It does not greet the person.");
  const [before, after] = [riskOfText(message).risk_score, riskOfText(rewritten).risk_score];
  // A point or two of a text that is calm anyway says nothing; a model may choose its own hello.
  if (after > Math.max(before, CALM)) faults.push(`Its ban risk is ${after}, and was ${before}.`);
  return faults;
}
