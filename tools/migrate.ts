import { Connection } from "@temporalio/client";
import { loadClientConnectConfig } from "@temporalio/envconfig";
import { readConfig } from "../config.ts";
import { migrateToLatest } from "../db/migrate.ts";
import { main, say } from "./say.ts";
import { prepareNamespace, registerSearchAttributes } from "./temporal/searchAttributes.ts";

// Brings the database and the Temporal namespace to what this version needs; run it before each roll-out.
await main(async () => {
  const config = readConfig();
  const applied = await migrateToLatest(config.DATABASE_URL);
  say(applied.length > 0 ? `Migrated: ${applied.join(", ")}` : "The database is up to date.");
  const { connectionOptions } = loadClientConnectConfig();
  const connection = await Connection.connect({ ...connectionOptions, address: config.TEMPORAL_ADDRESS });
  try {
    await prepareNamespace(connection, config.TEMPORAL_NAMESPACE);
    await registerSearchAttributes(connection, config.TEMPORAL_NAMESPACE);
  } finally {
    await connection.close();
  }
  say(`Temporal's namespace ${config.TEMPORAL_NAMESPACE} is ready.`);
  return 0;
});
