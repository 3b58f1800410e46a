import { z } from "zod";
import { classifyReply } from "../domain/language/classify.ts";
import { LANGUAGES } from "../domain/language/language.ts";
import { eachLine, inAndOut } from "./language/jsonLines.ts";
import { Failure, main } from "./say.ts";

const usage = "Usage: npm run classify -- --in replies.jsonl --out predictions.jsonl [--provider rules]";

const Line = z.object({
  id: z.union([z.string(), z.number()]),
  text: z.string(),
  lang: z.enum(LANGUAGES).nullish(),
});

// Reads replies without a running system, a database or a key.
await main(async () => {
  const { in: from, out: to, provider } = inAndOut(usage);
  if (provider !== "rules") throw new Failure(`There is no provider ${provider} here; rules is. ${usage}`);
  return eachLine(from, to, Line, ({ id, text, lang }) => {
    const reading = classifyReply({ reply_text: text, language: lang ?? undefined });
    const { intent, sentiment, opt_out, opt_in, urgency, confidence } = reading;
    return { id, intent, sentiment, opt_out, opt_in, urgency, confidence, provider: reading.provider };
  });
});
