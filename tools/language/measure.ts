import { classifyReply, type ReplyReading } from "../../domain/language/classify.ts";
import { INTENTS, SENTIMENTS } from "../../domain/language/labels.ts";
import type { LinearModel } from "../../domain/language/linearModel.ts";
import type { Labelled } from "./corpus.ts";

export type Judged = Labelled & { reading: ReplyReading };

/** Reads each reply with the contact's language known, as a conversation knows it. */
export function judge(replies: readonly Labelled[], model?: LinearModel): Judged[] {
  return replies.map((reply) => ({
    ...reply,
    reading: classifyReply({ reply_text: reply.text, language: reply.language }, model),
  }));
}

export type Figures = {
  replies: number;
  optOuts: number;
  optOutRecall: number;
  optOutPrecision: number;
  hardNegatives: number;
  /** Of the hard negatives, the share that was taken for an opt-out. */
  falseAlarms: number;
  optInRecall: number;
  intentF1: number;
  sentimentF1: number;
  intentRight: number;
  urgencyRight: number;
  languageRight: number;
};

const share = (part: readonly unknown[], whole: readonly unknown[]) =>
  whole.length === 0 ? 1 : part.length / whole.length;

export function figuresOf(judged: readonly Judged[]): Figures {
  const wanted = judged.filter(({ intent }) => intent === "opt_out");
  const found = judged.filter(({ reading }) => reading.opt_out);
  const both = wanted.filter(({ reading }) => reading.opt_out);
  const hard = judged.filter(isHardNegative);
  const optIns = judged.filter(({ optIn }) => optIn);
  return {
    replies: judged.length,
    optOuts: wanted.length,
    optOutRecall: share(both, wanted),
    optOutPrecision: share(both, found),
    hardNegatives: hard.length,
    falseAlarms:
      1 -
      share(
        hard.filter(({ reading }) => !reading.opt_out),
        hard,
      ),
    optInRecall: share(
      optIns.filter(({ reading }) => reading.opt_in),
      optIns,
    ),
    intentF1: macroF1(
      judged,
      INTENTS,
      ({ intent }) => intent,
      ({ reading }) => reading.intent,
    ),
    sentimentF1: macroF1(
      judged,
      SENTIMENTS,
      ({ sentiment }) => sentiment,
      ({ reading }) => reading.sentiment,
    ),
    intentRight: share(
      judged.filter(({ intent, reading }) => intent === reading.intent),
      judged,
    ),
    urgencyRight: share(
      judged.filter(({ urgency, reading }) => urgency === reading.urgency),
      judged,
    ),
    languageRight: share(
      judged.filter(({ language, reading }) => language === reading.language),
      judged,
    ),
  };
}

const OPT_OUT_WORD =
  /\b(?:stop\w*|end(?:s|ed|ing)?|quit\w*|cancel\w*|unsub\w*|remove|delete|off|baja\w*|alta|alto|sal(?:ir|go|ida|irme)|par(?:a|e|en|em|ar|o|ada)|basta|fin|dejen?|deja|quit[ae]\w*|sair|saio|saída|fim|chega|tira\w*|no (?:me )?(?:escri|mand)\w+|n[ãa]o (?:me )?(?:escre|mand)\w+|don'?t (?:text|send|message)|deixa)\b/iu;

/** No opt-out, but marked as looking like one; in sets without marks, with a word of one. */
export const isHardNegative = ({ intent, text, hard = OPT_OUT_WORD.test(text) }: Labelled) =>
  intent !== "opt_out" && hard;

/** Each label's F1 with its counts. */
export function perLabel<Label extends string>(
  judged: readonly Judged[],
  labels: readonly Label[],
  right: (one: Judged) => string,
  said: (one: Judged) => string,
) {
  return labels.map((label) => {
    const wanted = judged.filter((one) => right(one) === label);
    const found = judged.filter((one) => said(one) === label);
    const both = wanted.filter((one) => said(one) === label).length;
    const f1 = wanted.length + found.length === 0 ? 1 : (2 * both) / (wanted.length + found.length);
    return { label, count: wanted.length, recall: both / wanted.length, precision: both / found.length, f1 };
  });
}

function macroF1(...of: Parameters<typeof perLabel>): number {
  const each = perLabel(...of);
  return each.reduce((sum, { f1 }) => sum + f1, 0) / each.length;
}

/** Of the replies whose confidence lies in each band, how many were right. */
export function reliability(judged: readonly Judged[]) {
  const bands = [
    [0, 50],
    [50, 60],
    [60, 70],
    [70, 80],
    [80, 90],
    [90, 101],
  ] as const;
  return bands.map(([from, to]) => {
    const inside = judged.filter(({ reading }) => reading.confidence >= from && reading.confidence < to);
    const said = inside.reduce((sum, { reading }) => sum + reading.confidence, 0) / inside.length;
    const right =
      (100 * inside.filter(({ intent, reading }) => intent === reading.intent).length) / inside.length;
    return { band: `${from}–${Math.min(to, 100)}`, replies: inside.length, said, right };
  });
}
