import type { AskOptions, LanguageModels } from "./asking.ts";
import { CALM } from "./banRisk.ts";
import { languageOf } from "./classify.ts";
import { type ModelWordings, varyTextPrompt } from "./prompts/varyText.ts";
import type { FallbackReason, LanguageProvider, ModelProvider } from "./providers.ts";
import type { Tone } from "./tones.ts";
import { type Variant, variantsOf, wordingsOf } from "./variants.ts";

export interface VariantsAsked {
  message: string;
  n: number;
  /** None: tones in turn. */
  tone?: Tone | undefined;
  /** Wordings that there are already. */
  beside: readonly string[];
}

export interface VariantTexts {
  variants: (Variant & { provider: LanguageProvider })[];
  /** Why wordings of the model were not taken, each in a sentence; rules stood in for them where they could. */
  refused: string[];
  fallback_from?: ModelProvider;
  reason?: FallbackReason;
}

const LONGER_BY = 1.5;
const LONGER_SIGNS = 40;

/**
 * Other wordings of a text by the workspace's model. Each one is held against the text and against all others by itself:
 * those that lose or make up a fact, raise the risk or repeat another are told to the model once, and what is still
 * missing then is made by the rules, as all of them are where there is no model or it fails.
 */
export async function variantTexts(
  language: LanguageModels,
  workspaceId: string,
  asked: VariantsAsked,
  options?: AskOptions,
): Promise<VariantTexts> {
  const { message, n, tone, beside } = asked;
  const wordings = wordingsOf(message, beside);
  let refused: string[] = [];
  const question = {
    feature: "rewriting" as const,
    prompt: varyTextPrompt,
    told: toldOf(asked),
    said: [
      { label: "the message", text: message },
      ...beside.map((text, at) => ({ label: `wording ${at + 1} that there is already`, text })),
    ],
    check({ wordings: given }: ModelWordings) {
      refused = given.flatMap((one) => takeFrom(wordings, asked, one));
      const missing = n - wordings.taken.length;
      if (missing <= 0) return undefined;
      return [`${missing} more are needed.`, ...refused].join(" ");
    },
  };
  const answer = await language.ask(workspaceId, question, options);
  const provider: LanguageProvider = answer.by === "rules" ? (answer.fallback_from ?? "rules") : answer.by;
  const byModel = wordings.taken.slice(0, n).map((one) => ({ ...one, provider }));
  const known = [...beside, ...byModel.map(({ body }) => body)];
  const byRules = variantsOf(message, n - byModel.length, { tone, beside: known });
  const { by: _, ...instead } = answer.by === "rules" ? answer : { by: answer.by };
  return {
    variants: [...byModel, ...byRules.map((one) => ({ ...one, provider: "rules" as const }))],
    refused: byModel.length < n ? refused : [],
    ...instead,
  };
}

function toldOf({ message, n, tone }: VariantsAsked): string {
  const tones = tone ?? "friendly, professional and casual in turn";
  return `Wordings: ${n}. Tones: ${tones}. Language: ${languageOf(message) ?? "that of the message"}.`;
}

type Given = ModelWordings["wordings"][number];

/** What is wrong with one of the model's, by its first words; nothing where it was taken, now or in its first try. */
function takeFrom(
  wordings: ReturnType<typeof wordingsOf>,
  { message, n, tone }: VariantsAsked,
  { text, tone: own }: Given,
): string[] {
  const body = text.trim();
  if (wordings.taken.length >= n || wordings.taken.some((one) => one.body === body)) return [];
  const form = faultsOfForm(message, body);
  const faults = form.length > 0 ? form : wordings.take({ body, tone: tone ?? own }, CALM);
  return faults.length === 0 ? [] : [`"${body.slice(0, 30)}…": ${faults.join(" ")}`];
}

function faultsOfForm(message: string, body: string): string[] {
  const [own, other] = [languageOf(message), languageOf(body)];
  return [
    ...(own !== undefined && other !== undefined && own !== other ? ["It is in another language."] : []),
    ...(body.length > LONGER_BY * message.length + LONGER_SIGNS
      ? ["It is much longer than the message."]
      : []),
  ];
}
