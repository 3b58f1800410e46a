import { parseArgs } from "node:util";
import { createWorkspaceWithOwner } from "../db/workspaces.ts";
import { withDatabase } from "./database.ts";
import { Failure, main, say } from "./say.ts";

const usage =
  'Usage: npm run workspace -- create "Name" [--time-zone America/Bogota] [--currency COP] [--region CO] [--test]';

// Makes a workspace and its first owner key. The key goes to stdout alone: it is stored nowhere.
await main(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      "time-zone": { type: "string", default: "America/Mexico_City" },
      currency: { type: "string", default: "MXN" },
      region: { type: "string", default: "MX" },
      test: { type: "boolean", default: false },
    },
  });
  const [command, name] = positionals;
  if (command !== "create" || !name?.trim()) throw new Failure(usage);
  if (!Intl.supportedValuesOf("timeZone").includes(values["time-zone"]))
    throw new Failure(`No such time zone. ${usage}`);
  const { workspace, apiKey } = await withDatabase((db) =>
    createWorkspaceWithOwner(db, {
      name: name.trim(),
      time_zone: values["time-zone"],
      currency: values.currency,
      default_region: values.region,
      test_mode: values.test,
    }),
  );
  say(`Workspace ${workspace.id}; this is its owner's key, shown once:`);
  process.stdout.write(`${apiKey}\n`);
  return 0;
});
