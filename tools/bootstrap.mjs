// Runs on the system's Node (18 or newer) before anything is installed: no dependency, no TypeScript.
//   node tools/bootstrap.mjs <script.ts> [arguments]
// Brings node_modules to what package-lock.json says, then hands over to Node 24 from npm's `node` package.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stampFile = join(modules, ".campanile-lock");
const node24 = join(modules, ".bin", process.platform === "win32" ? "node.cmd" : "node");
const log = join(root, ".campanile", "logs", "npm-ci.log");
const lockFile = join(root, ".campanile", "install.lock");

const say = (line) => process.stderr.write(`${line}\n`);
const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");

/** Changes with the lock file and with what npm has noted about node_modules. */
function stamp() {
  const hash = createHash("sha256");
  return hash
    .update(read(join(root, "package-lock.json")))
    .update(read(join(modules, ".package-lock.json")))
    .digest("hex");
}

/** Does node_modules hold every package of the lock file, other platforms' apart, in the version it names? */
function holdsWhatTheLockfileSays() {
  const noted = read(join(modules, ".package-lock.json"));
  if (noted === "" || !existsSync(node24)) return false;
  const present = JSON.parse(noted).packages;
  const wanted = JSON.parse(read(join(root, "package-lock.json"))).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || present[path]?.version === entry.version,
  );
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/**
 * Two commands on a fresh clone must not install into each other. The lock names us and the npm we started:
 * that one goes on for a while where we are killed.
 */
async function withInstallLock(work) {
  mkdirSync(dirname(lockFile), { recursive: true });
  for (let waited = 0; !takeLock(); waited += 1) {
    if (waited === 0) say("Another command is installing the packages; waiting for it …");
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function takeLock() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  // Empty for an instant while somebody writes it.
  const holders = read(lockFile)
    .split(" ")
    .map((pid) => Number(pid) || process.pid);
  if (!holders.some(isRunning)) rmSync(lockFile, { force: true });
  return false;
}

function exitCode(child) {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.code === "ENOENT" ? 127 : 1));
    child.once("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

async function install() {
  if (read(stampFile) === stamp() && existsSync(node24)) return true;
  if (!holdsWhatTheLockfileSays()) {
    mkdirSync(dirname(log), { recursive: true });
    const start = Date.now();
    say("Installing the packages of package-lock.json (up to 3 min) …");
    const alive = setInterval(
      () => say(`  still installing, ${Math.round((Date.now() - start) / 1000)} s`),
      15_000,
    );
    const out = openSync(log, "w");
    const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
    const args = [
      ...npm.slice(1),
      "ci",
      "--include=dev",
      "--include=optional",
      "--no-audit",
      "--no-fund",
      "--loglevel=notice",
    ];
    const child = spawn(npm[0], args, { cwd: root, stdio: ["ignore", out, out] });
    writeFileSync(lockFile, `${process.pid} ${child.pid}`);
    const code = await endingWith(child);
    clearInterval(alive);
    closeSync(out);
    if (code !== 0 || !existsSync(node24)) {
      say(`The packages could not be installed; npm's log says why: ${log}`);
      return false;
    }
    say(`Packages installed in ${Math.round((Date.now() - start) / 1000)} s`);
  }
  writeFileSync(stampFile, stamp());
  return true;
}

/** Passes on what we are told to end with; the child decides when it ends, and its exit code is ours. */
async function endingWith(child) {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  const pass = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, pass);
  const code = await exitCode(child);
  for (const signal of signals) process.off(signal, pass);
  return code;
}

async function handOver(script, args) {
  const env = { ...process.env, PATH: `${join(modules, ".bin")}${delimiter}${process.env.PATH ?? ""}` };
  // Node's own type stripping is experimental by name only where the coverage counters call it.
  const flags = ["--disable-warning=ExperimentalWarning"];
  // The channel tells the child when we are gone, however we went.
  const child = spawn(node24, [...flags, join(root, script), ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env,
  });
  return endingWith(child);
}

const [script, ...args] = process.argv.slice(2);
if (Number(process.versions.node.split(".")[0]) < 18) {
  say(
    `Node ${process.versions.node} is too old to begin with: install Node 18 or newer (the rest brings its own).`,
  );
  process.exitCode = 1;
} else if (!script || !existsSync(join(root, script))) {
  say(
    script
      ? `There is no ${script} in this checkout.`
      : "usage: node tools/bootstrap.mjs <script> [arguments]",
  );
  process.exitCode = 1;
} else {
  process.exitCode = (await withInstallLock(install)) ? await handOver(script, args) : 1;
}
