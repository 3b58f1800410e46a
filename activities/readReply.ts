import type { LanguageModels } from "../domain/language/asking.ts";
import { LANGUAGES } from "../domain/language/language.ts";
import { readReply } from "../domain/language/readReply.ts";
import type { ReadReply } from "../domain/replyReading.ts";
import { askWithWaits } from "./askWithWaits.ts";

/** Reads replies by each workspace's model, or by the rules and the small model of domain/language/. */
export function replyReader(language: LanguageModels): ReadReply {
  return ({ workspace_id, language: given, ...reply }) => {
    const known = LANGUAGES.find((one) => one === given?.slice(0, 2).toLowerCase());
    return askWithWaits((options) =>
      readReply(language, workspace_id, { ...reply, language: known }, options),
    );
  };
}
