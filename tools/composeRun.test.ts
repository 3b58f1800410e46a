import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { environmentOf, services } from "../test/compose.ts";
import { type TestDatabase, testDatabase } from "../test/database.ts";
import { type TestTemporal, testTemporal } from "../test/temporal.ts";
import { root } from "./home.ts";
import { freePort } from "./ports.ts";
import { startProcess } from "./processes.ts";

const run = promisify(execFile);

let database: TestDatabase;
let temporal: TestTemporal;
let folder: string;
beforeAll(async () => {
  [database, temporal] = await Promise.all([testDatabase(), testTemporal()]);
  folder = await mkdtemp(join(tmpdir(), "compose-"));
});
afterAll(async () => {
  await Promise.all([database.close(), temporal.close()]);
  await rm(folder, { recursive: true });
});

/** What the file gives the service, with the hosts and ports of the compose network put where they are here. */
function environment(name: string, port: number): NodeJS.ProcessEnv {
  const given = environmentOf(name);
  const moved = {
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    TASK_QUEUE: temporal.taskQueue,
    ...("PORT" in given && { PORT: String(port), HOST: "127.0.0.1" }),
    ...("METRICS_PORT" in given && { METRICS_PORT: String(port) }),
  };
  return { PATH: process.env["PATH"] ?? "", NODE_ENV: "production", ...given, ...moved };
}

async function isHealthy(name: string, port: number): Promise<boolean> {
  const [, , ...args] = services[name]?.healthcheck?.test ?? [];
  const here = args.map((arg) => arg.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
  return run(process.execPath, here).then(
    () => true,
    () => false,
  );
}

const scriptOf = (name: string) => join(root, services[name]?.command?.at(-1) ?? "");

test("docker-compose · migrate prepares the database and Temporal, as often as it is run", async () => {
  for (const _time of ["first", "second"]) {
    const { stderr } = await run(process.execPath, [scriptOf("migrate")], { env: environment("migrate", 0) });
    expect(stderr).toContain("is ready");
  }
});

test.each(["api", "worker"])(
  "docker-compose · %s becomes healthy with the file's environment and ends when asked",
  async (name) => {
    const port = await freePort();
    const log = join(folder, `${name}.log`);
    const program = startProcess(process.execPath, [scriptOf(name)], {
      cwd: root,
      env: environment(name, port),
      log,
    });
    let how: string | undefined;
    void program.ended.then((word) => (how = word));
    while (!(await isHealthy(name, port))) {
      expect(how, await readFile(log, "utf8")).toBeUndefined();
      await sleep(200);
    }
    process.kill(program.pid, "SIGTERM");
    expect(await program.ended).toBe("exit code 0");
  },
);
