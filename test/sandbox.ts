import { startSandbox } from "../sandbox/server.ts";

/** A sandbox of the test file's own, on a free port, with nothing kept. Close in afterAll. */
export function testSandbox(
  options: Omit<Parameters<typeof startSandbox>[0], "host" | "port"> = {},
): ReturnType<typeof startSandbox> {
  return startSandbox({ host: "127.0.0.1", port: 0, ...options });
}
