import { trainReplies } from "./language/train.ts";
import { Failure, main } from "./say.ts";

const COMMANDS: Record<string, () => void> = { train: trainReplies };

// Trains and judges the language models: docs/language.md.
await main(async () => {
  const [name = "", ...rest] = process.argv.slice(2);
  const command = COMMANDS[name];
  if (!command || rest.length > 0)
    throw new Failure(`Usage: npm run language -- ${Object.keys(COMMANDS).join("|")}`);
  command();
  return 0;
});
