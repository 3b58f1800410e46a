import { Kysely, PostgresDialect } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import pg from "pg";
import * as foundation from "./migrations/0001_foundation.ts";
import * as conversations from "./migrations/0002_conversations.ts";
import * as drips from "./migrations/0003_drips.ts";
import * as warmup from "./migrations/0004_warmup.ts";
import * as calls from "./migrations/0005_calls.ts";
import * as erasure from "./migrations/0006_erasure.ts";
import * as scrub from "./migrations/0007_scrub.ts";
import * as email from "./migrations/0008_email.ts";
import * as emailEvents from "./migrations/0009_email_events.ts";
import * as language from "./migrations/0010_language.ts";
import * as scores from "./migrations/0011_scores.ts";
import * as banRisk from "./migrations/0012_ban_risk.ts";
import * as knowledge from "./migrations/0013_knowledge.ts";
import * as inboundMail from "./migrations/0016_inbound_mail.ts";
import * as conversionValues from "./migrations/0017_conversion_values.ts";
import * as emailFiles from "./migrations/0018_email_files.ts";
import * as leadScoreFits from "./migrations/0019_lead_score_fits.ts";
import * as keywordsByMail from "./migrations/0021_keywords_by_mail.ts";
import * as attemptsOpen from "./migrations/0022_attempts_open.ts";

/** In order, forward only: an applied migration is never edited, the next one mends it. */
const migrations: Record<string, Migration> = {
  "0001_foundation": foundation,
  "0002_conversations": conversations,
  "0003_drips": drips,
  "0004_warmup": warmup,
  "0005_calls": calls,
  "0006_erasure": erasure,
  "0007_scrub": scrub,
  "0008_email": email,
  "0009_email_events": emailEvents,
  "0010_language": language,
  "0011_scores": scores,
  "0012_ban_risk": banRisk,
  "0013_knowledge": knowledge,
  "0016_inbound_mail": inboundMail,
  "0017_conversion_values": conversionValues,
  "0018_email_files": emailFiles,
  "0019_lead_score_fits": leadScoreFits,
  "0021_keywords_by_mail": keywordsByMail,
  "0022_attempts_open": attemptsOpen,
};

/** Brings the database at `url` to the newest schema; returns the names of the migrations it applied. */
export async function migrateToLatest(url: string): Promise<string[]> {
  const db = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 2 }) }),
  });
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error) throw error;
    return results.map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}
