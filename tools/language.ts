import { parseArgs } from "node:util";
import { crossValidate } from "./language/crossValidate.ts";
import { evaluate, SETS } from "./language/evaluate.ts";
import { crossValidateSpam } from "./language/evaluateSpam.ts";
import { trainReplies } from "./language/train.ts";
import { trainSpam } from "./language/trainSpam.ts";
import { Failure, main } from "./say.ts";

const usage =
  "Usage: npm run language -- train | evaluate [SET|writers] [--errors] | train-spam FILE.tsv | evaluate-spam FILE.tsv";

// Trains and judges the language models: docs/language.md.
await main(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { errors: { type: "boolean", default: false } },
  });
  const [command, file] = positionals;
  const set = SETS.find((one) => one === (file ?? "held-out"));
  if (command === "train") trainReplies();
  else if (command === "evaluate" && file === "writers") crossValidate(values.errors);
  else if (command === "evaluate" && set) evaluate(set, values.errors);
  else if (command === "train-spam" && file) trainSpam(file);
  else if (command === "evaluate-spam" && file) crossValidateSpam(file);
  else throw new Failure(usage);
  return 0;
});
