import { spawn } from "node:child_process";
import { readDev, root } from "./home.ts";
import { Failure, main } from "./say.ts";

// Asks the running system's API whatever its document allows, and what it forbids, with all checks, as owner of the
// demo workspace. Further arguments go to schemathesis; schemathesis.toml says which answers count as right.
await main(async () => {
  const dev = readDev();
  if (!dev) throw new Failure("No system runs here: start one with npm start -- --no-demo.");
  const child = spawn(
    "schemathesis",
    [
      "run",
      `${dev.api_url}/openapi.json`,
      `--header=Authorization: Bearer ${dev.api_key}`,
      "--checks=all",
      ...process.argv.slice(2),
    ],
    { cwd: root, stdio: "inherit" },
  );
  return new Promise<number>((resolve, reject) => {
    child.once("error", () =>
      reject(new Failure("schemathesis is not installed: pip install schemathesis.")),
    );
    child.once("close", (code) => resolve(code ?? 1));
  });
});
