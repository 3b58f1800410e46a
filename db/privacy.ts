import { callTables } from "./privacyCalls.ts";
import { emailTables } from "./privacyEmail.ts";
import { emailEventTables } from "./privacyEmailEvents.ts";
import { languageTables } from "./privacyLanguage.ts";
import { leadTables } from "./privacyLeads.ts";
import { peopleTables } from "./privacyPeople.ts";
import { sendingTables } from "./privacySending.ts";
import { talkTables } from "./privacyTalk.ts";
import type { TablePrivacy } from "./privacyWays.ts";

/**
 * What every table of the schema knows of people, and what erasing a person (db/erasureRows.ts), retention
 * (db/retention.ts) and the export of a person's data (db/contactExport.ts) do with each column. A new table or column
 * needs its words here: db/privacy.test.ts says which.
 */
export const privacy: Readonly<Record<string, TablePrivacy>> = {
  ...peopleTables,
  ...sendingTables,
  ...talkTables,
  ...callTables,
  ...emailTables,
  ...emailEventTables,
  ...languageTables,
  ...leadTables,
};
