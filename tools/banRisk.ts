import { z } from "zod";
import { riskOfText } from "../domain/language/banRisk.ts";
import { eachLine, inAndOut } from "./language/jsonLines.ts";
import { main } from "./say.ts";

const usage = "Usage: npm run ban-risk -- --in texts.jsonl --out scores.jsonl";

const Line = z.object({ id: z.union([z.string(), z.number()]), text: z.string() });

// Judges texts without a running system, a database or a key.
await main(async () => {
  const { in: from, out: to } = inAndOut(usage);
  return eachLine(from, to, Line, ({ id, text }) => {
    const { risk_score, risk_level, factors } = riskOfText(text);
    return { id, risk_score, risk_level, factors };
  });
});
