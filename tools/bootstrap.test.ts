import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root as project } from "./home.ts";

/** A checkout in a folder with a blank in its name, and a stand-in for npm that installs what it is told to. */
let root: string;
let calls: string;

const npm = `
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
appendFileSync(process.env.NPM_CALLS, process.argv.slice(2).join(" ") + "\\n");
if (process.env.NPM_FAILS) process.exit(1);
rmSync("node_modules", { recursive: true, force: true });
mkdirSync("node_modules/.bin", { recursive: true });
symlinkSync(process.execPath, "node_modules/.bin/node");
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
delete packages[""];
writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages }));
`;

const lockWith = (version: string) =>
  writeFile(
    join(root, "package-lock.json"),
    JSON.stringify({ packages: { "": {}, "node_modules/hono": { version } } }),
  );

beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), "bootstrap-")), "with a blank");
  calls = join(root, "npm-calls");
  await mkdir(join(root, "tools"), { recursive: true });
  await cp(join(project, "tools", "bootstrap.mjs"), join(root, "tools", "bootstrap.mjs"));
  await writeFile(join(root, "npm.mjs"), npm);
  await writeFile(calls, "");
  await writeFile(
    join(root, "tools", "program.ts"),
    "const rest: string[] = process.argv.slice(2); console.log(JSON.stringify(rest)); process.exitCode = 7;",
  );
  await lockWith("1.0.0");
});
afterEach(() => rm(join(root, ".."), { recursive: true, force: true }));

function bootstrap(args: string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, "tools", "bootstrap.mjs"), ...args],
      { cwd: root, env: { ...process.env, npm_execpath: join(root, "npm.mjs"), NPM_CALLS: calls, ...env } },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
const installs = () => readFileSync(calls, "utf8").split("\n").filter(Boolean);

test("bootstrap · installs, hands over the arguments and gives back the exit code, with stdout left alone", async () => {
  const { code, stdout, stderr } = await bootstrap(["tools/program.ts", "--json", "a b"]);
  expect({ code, stdout }).toEqual({ code: 7, stdout: '["--json","a b"]\n' });
  expect(stderr).toContain("Installing");
  expect(installs()).toEqual([expect.stringMatching(/^ci --include=dev /)]);
});

test("bootstrap · installs again only when the lock file asks for something else", async () => {
  await bootstrap(["tools/program.ts"]);
  await bootstrap(["tools/program.ts"]);
  expect(installs()).toHaveLength(1);
  await lockWith("1.0.1");
  await bootstrap(["tools/program.ts"]);
  expect(installs()).toHaveLength(2);
});

test("bootstrap · believes node_modules that somebody else has brought to the lock file's state", async () => {
  await bootstrap(["tools/program.ts"]);
  await rm(join(root, "node_modules", ".campanile-lock"));
  expect((await bootstrap(["tools/program.ts"])).code).toBe(7);
  expect(installs()).toHaveLength(1);
});

test("bootstrap · installs once where two commands begin at the same time", async () => {
  const both = await Promise.all([bootstrap(["tools/program.ts"]), bootstrap(["tools/program.ts"])]);
  expect(both.map(({ code }) => code)).toEqual([7, 7]);
  expect(installs()).toHaveLength(1);
});

test("bootstrap · takes over the lock of a process that is gone", async () => {
  await mkdir(join(root, ".campanile"));
  await writeFile(join(root, ".campanile", "install.lock"), "999999999");
  expect((await bootstrap(["tools/program.ts"])).code).toBe(7);
  expect(existsSync(join(root, ".campanile", "install.lock"))).toBe(false);
});

test("bootstrap · ends in one sentence with the log's path where npm fails, and starts nothing", async () => {
  const { code, stdout, stderr } = await bootstrap(["tools/program.ts"], { NPM_FAILS: "1" });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.trim().split("\n").at(-1)).toContain(join(root, ".campanile", "logs", "npm-ci.log"));
});

test("bootstrap · says so where the script is not there", async () => {
  expect(await bootstrap(["tools/nothing.ts"])).toMatchObject({
    code: 1,
    stderr: "There is no tools/nothing.ts in this checkout.\n",
  });
});
