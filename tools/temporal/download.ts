import { mkdir } from "node:fs/promises";
import { TestWorkflowEnvironment } from "@temporalio/testing";

// Run as a program by find.ts: starting a server with this option is the SDK's way to download one.
const [kind, folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: download.ts dev-server|time-skipping <folder>");
await mkdir(folder, { recursive: true });
const server = { executable: { type: "cached-download" as const, downloadDir: folder } };
const environment =
  kind === "dev-server"
    ? await TestWorkflowEnvironment.createLocal({ server })
    : await TestWorkflowEnvironment.createTimeSkipping({ server });
await environment.teardown();
