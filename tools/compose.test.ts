import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { composeText as text, environmentOf, ours, programs, services, volumes } from "../test/compose.ts";
import { configNames, readConfig } from "../config.ts";
import { root } from "./home.ts";
import { importsOf } from "./imports/rules.ts";

const run = promisify(execFile);
/** Workspaces can have accounts of their own, and rules do what models could. */
const MAY_STAY_AWAY = /^(TWILIO|SENDGRID|ANTHROPIC|OPENAI)_/;

test("docker-compose · names only variables that the configuration knows", () => {
  expect(programs.sort()).toEqual(["api", "migrate", "worker"]);
  for (const name of programs)
    expect(configNames).toEqual(expect.arrayContaining(Object.keys(environmentOf(name))));
});

test.each(["api", "worker", "migrate"])(
  "docker-compose · gives %s an environment that the configuration takes",
  (name) => {
    const config = readConfig(environmentOf(name));
    expect(config.DATABASE_URL).toBe("postgres://campanile:3f9c1a@postgres:5432/campanile");
    expect(config.TEMPORAL_ADDRESS).toBe("temporal:7233");
  },
);

test("docker-compose · has no secret with a default and refuses to start without one", () => {
  const secrets = [...text.matchAll(/\$\{(\w*(?:KEY|PASSWORD|TOKEN|SECRET)\w*)([^}]*)\}/g)];
  expect(secrets.length).toBeGreaterThan(4);
  for (const [, name, rest] of secrets) {
    expect(rest, name).toMatch(MAY_STAY_AWAY.test(name ?? "") ? /^:-$/ : /^:\?/);
  }
});

test("docker-compose · pins every image, and the one of ours to the Node that the project runs on", () => {
  for (const [name, { image }] of Object.entries(services)) expect(image, name).toMatch(/:\d+\.\d+(\.\d+)?$/);
  const { dependencies, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
    version: string;
  };
  const bases = [...readFileSync(join(root, "Dockerfile"), "utf8").matchAll(/^FROM (\S+)/gm)].map(
    ([, base]) => base,
  );
  expect(new Set(bases)).toEqual(new Set([`node:${dependencies["node"]}-slim`]));
  for (const [, { image }] of ours) expect(image).toBe(`campanile:${version}`);
});

test("docker-compose · watches everything that stays up, and waits only for what can be waited for", () => {
  for (const [name, { depends_on = {} }] of Object.entries(services)) {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const watched = services[other]?.healthcheck?.test !== undefined;
      expect(condition === "service_healthy" ? watched : condition, `${name} → ${other}`).toBe(
        condition === "service_healthy" ? true : "service_completed_successfully",
      );
    }
  }
  for (const name of ["postgres", "temporal", "api", "worker"])
    expect(services[name]?.healthcheck?.test).toBeDefined();
});

test("docker-compose · opens ports to this machine only and keeps data in named volumes", () => {
  for (const { ports = [], volumes: mounts = [] } of Object.values(services)) {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const mount of mounts) expect(Object.keys(volumes)).toContain(mount.split(":")[0]);
  }
});

/** The files that a program is made of, itself included. */
function modulesOf(script: string, found = new Set<string>()): Set<string> {
  if (found.has(script)) return found;
  found.add(script);
  for (const { to } of importsOf(script, readFileSync(join(root, script), "utf8"))) modulesOf(to, found);
  return found;
}

test("Dockerfile · runs as an ordinary user, with a command that the project has", () => {
  expect(readFileSync(join(root, "Dockerfile"), "utf8")).toMatch(/^USER node$/m);
});

test.each(["api", "worker", "migrate"])(
  "Dockerfile · lets in every file that %s needs, and no more than code",
  (name) => {
    const lines = readFileSync(join(root, ".dockerignore"), "utf8").split("\n");
    expect(lines[0]).toBe("*");
    const allowed = new Set(lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1)));
    const modules = modulesOf(services[name]?.command?.at(-1) ?? "");
    expect(modules.size).toBeGreaterThan(5);
    for (const path of modules) {
      const [top = "", ...below] = path.split("/");
      expect(allowed, path).toContain(below.length === 0 ? "*.ts" : `${top}/`);
    }
    for (const secret of [".campanile/", ".git/", ".env"]) expect(allowed).not.toContain(secret);
  },
);

test.each([
  ["api", 200, 0],
  ["api", 503, 1],
  ["worker", 200, 0],
  ["worker", 500, 1],
])("docker-compose · the healthcheck of %s takes %i as exit code %i", async (name, status, code) => {
  const server = createServer((_request, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const [kind, command = "", ...args] = services[name]?.healthcheck?.test ?? [];
    expect([kind, command]).toEqual(["CMD", "node"]);
    const here = args.map((arg) => arg.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
    const outcome = await run(process.execPath, here).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
    expect(outcome).toBe(code);
  } finally {
    server.close();
  }
});
