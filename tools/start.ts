import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connectDatabase } from "../db/connect.ts";
import { createWorkspaceWithOwner } from "../db/workspaces.ts";
import { claimHome, type Dev, home, leaveHome, root, writeDev, writeParts } from "./home.ts";
import { stopAllStarted } from "./processes.ts";
import { Failure, main, say, seconds } from "./say.ts";
import { type Supervisor, supervisor } from "./supervise.ts";
import { startSystem, stopSystem, type System } from "./system.ts";

const usage = "usage: npm start [-- --no-demo] [--fresh]";

function readOptions(): { demo: boolean; fresh: boolean } {
  try {
    const { values } = parseArgs({ options: { "no-demo": { type: "boolean" }, fresh: { type: "boolean" } } });
    return { demo: !values["no-demo"], fresh: values.fresh ?? false };
  } catch (error) {
    throw new Failure(`${error instanceof Error ? error.message : String(error)}; ${usage}`);
  }
}

/**
 * Resolves at the first request to end: Ctrl-C, a signal, or the bootstrap gone. A second one, a second or
 * more later (a terminal and npm may pass on the same Ctrl-C twice), kills everything at once.
 */
function endRequested(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const request = () => {
      if (first !== undefined && performance.now() - first > 1000) process.exit(1);
      if (first === undefined) say("\nEnding everything (again: kill) …");
      first ??= performance.now();
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, request);
    if (process.connected) process.once("disconnect", request);
    process.channel?.unref();
  });
}

/** A key of the owner of the demo workspace: the one kept from last time while it works, else a new workspace. */
async function ownerKey({ api_url, database_url }: System): Promise<string> {
  if (existsSync(home.apiKey)) {
    const kept = readFileSync(home.apiKey, "utf8").trim();
    const answer = await fetch(`${api_url}/v1/workspace`, { headers: { authorization: `Bearer ${kept}` } });
    if (answer.ok) return kept;
  }
  const onLost = (error: Error) => say(`Lost a database connection: ${error.message}`);
  const database = connectDatabase(database_url, { role: "campanile_worker", maxConnections: 1, onLost });
  try {
    const { apiKey } = await createWorkspaceWithOwner(database.db, { name: "Demo", test_mode: true });
    await writeFile(home.apiKey, apiKey, { mode: 0o600 });
    return apiKey;
  } finally {
    await database.close();
  }
}

async function runDemo(): Promise<void> {
  const script = join(root, "tools", "demo.ts");
  if (!existsSync(script)) return;
  const child = spawn(process.execPath, [script], { stdio: "inherit" });
  const stop = () => child.kill();
  process.once("exit", stop);
  const code = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(1));
    child.once("exit", resolve);
  });
  process.off("exit", stop);
  if (code !== 0) say("The demo did not end well; the system runs on.");
}

function tellAddresses({ api_url, temporal_ui_url, temporal_address, sandbox_url }: Dev): void {
  say(`
  API reference   ${api_url}/docs
  Temporal UI     ${temporal_ui_url ?? `(that of ${temporal_address})`}
  Sandbox         ${sandbox_url}
  Key and more    .campanile/dev.json · logs in .campanile/logs/

  Ctrl-C ends it.`);
}

async function run(keeper: Supervisor, demo: boolean, publish: (dev: Dev) => Promise<void>): Promise<void> {
  const begin = performance.now();
  const system = await startSystem(keeper);
  const dev: Dev = { ...system, api_key: await ownerKey(system), pids: {} };
  await publish(dev);
  say(`Campanile is ready in ${seconds(begin)}.`);
  if (demo) await runDemo();
  tellAddresses(dev);
}

await main(async () => {
  const { demo, fresh } = readOptions();
  const ended = endRequested();
  await claimHome(fresh);
  let published: Dev | undefined;
  let writing = Promise.resolve();
  const write = (parts: Parameters<typeof writeParts>[0]) => {
    const pids = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.pid]));
    writing = writing
      .then(() => writeParts(parts))
      .then(() => (published ? writeDev({ ...published, pids }) : undefined))
      .catch((error: unknown) => say(`.campanile/ cannot be written: ${String(error)}`));
    return writing;
  };
  const keeper = supervisor((parts) => void write(parts));
  const publish = (dev: Dev) => {
    published = dev;
    return write(keeper.parts());
  };
  try {
    const forever = new Promise<never>(() => {});
    await Promise.race([ended, run(keeper, demo, publish).then(() => forever)]);
    return 0;
  } finally {
    await stopSystem(keeper);
    await stopAllStarted("SIGTERM", 1000);
    await writing;
    await leaveHome();
    // A step that was under way when the end was asked for would keep the process.
    setImmediate(() => process.exit());
  }
});
