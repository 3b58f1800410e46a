import { z } from "zod";
import type { Reply } from "../domain/language/classify.ts";
import { classifyReply } from "../domain/language/classify.ts";
import { LANGUAGES } from "../domain/language/language.ts";
import { type ReadReplyAnswer, readReply } from "../domain/language/readReply.ts";
import { eachLine, inAndOut } from "./language/jsonLines.ts";
import { modelOfCommand } from "./language/model.ts";
import { main, say } from "./say.ts";

const usage =
  "Usage: npm run classify -- --in replies.jsonl --out predictions.jsonl [--provider rules|anthropic|openai|ollama]";

const Line = z.object({
  id: z.union([z.string(), z.number()]),
  text: z.string(),
  lang: z.enum(LANGUAGES).nullish(),
});
type Line = z.infer<typeof Line>;

/** Lines that are asked about at once, where somebody else answers. */
const AT_ONCE = 8;

const replyOf = ({ text, lang }: Line): Reply => ({ reply_text: text, language: lang ?? undefined });

const shown = (id: Line["id"], reading: ReadReplyAnswer) => {
  const { intent, sentiment, opt_out, opt_in, urgency, confidence, provider } = reading;
  return { id, intent, sentiment, opt_out, opt_in, urgency, confidence, provider };
};

async function byModel(name: string, from: string, to: string): Promise<number> {
  const model = modelOfCommand(name);
  const fallbacks = new Map<string, number>();
  const answer = async (line: Line) => {
    const reading = await model.patiently((options) =>
      readReply(model.language, "none", replyOf(line), options),
    );
    if (reading.reason !== undefined) fallbacks.set(reading.reason, (fallbacks.get(reading.reason) ?? 0) + 1);
    return shown(line.id, reading);
  };
  const code = await eachLine(from, to, Line, answer, { atOnce: AT_ONCE, progressEvery: 100 });
  say(model.told());
  for (const [reason, lines] of fallbacks) say(`${lines} lines were read by rules instead: ${reason}.`);
  return code;
}

// Reads replies without a running system or a database, and by rules without a key.
await main(async () => {
  const { in: from, out: to, provider } = inAndOut(usage);
  if (provider !== "rules") return byModel(provider, from, to);
  return eachLine(from, to, Line, (line) => shown(line.id, classifyReply(replyOf(line))));
});
