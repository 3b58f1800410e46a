import { parseArgs } from "node:util";
import { evaluate } from "./language/evaluate.ts";
import { trainReplies } from "./language/train.ts";
import { Failure, main } from "./say.ts";

const usage = "Usage: npm run language -- train | evaluate [--errors]";

// Trains and judges the language models: docs/language.md.
await main(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { errors: { type: "boolean", default: false } },
  });
  if (positionals.length !== 1) throw new Failure(usage);
  if (positionals[0] === "train") trainReplies();
  else if (positionals[0] === "evaluate") evaluate(values.errors);
  else throw new Failure(usage);
  return 0;
});
