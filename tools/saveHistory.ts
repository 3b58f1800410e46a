import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { Client, Connection } from "@temporalio/client";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { loadClientConnectConfig } from "@temporalio/envconfig";

/** `<process>@<machine>`: who ran a step says nothing to a replay. */
const MACHINE = /\d+@[A-Za-z][\w.-]*/g;

/**
 * Writes the history of one run as the replay tests read it. It holds what histories hold: ids, counts, states and a
 * campaign's title.
 */
export async function saveHistory(client: Client, workflowId: string, file: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  await mkdir(dirname(file), { recursive: true });
  const text = historyToJSON(history).replaceAll(MACHINE, "saved");
  await writeFile(
    file,
    `${JSON.stringify(JSON.parse(text), null, 1)}
`,
  );
}

/** `node tools/saveHistory.ts <workflow id> <file>`, against the Temporal that the environment names. */
async function main(): Promise<void> {
  const [workflowId, file] = process.argv.slice(2);
  if (workflowId === undefined || file === undefined) {
    process.stderr.write("Usage: node tools/saveHistory.ts <workflow id> test/histories/<name>.json\n");
    process.exitCode = 2;
    return;
  }
  const { connectionOptions, namespace } = loadClientConnectConfig();
  const connection = await Connection.connect(connectionOptions);
  await saveHistory(
    new Client({ connection, ...(namespace !== undefined && { namespace }) }),
    workflowId,
    file,
  );
  await connection.close();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
