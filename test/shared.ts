import { inject } from "vitest";

/** Asks the run's main process for a server that test files share (test/servers.ts), starting it if needed. */
export async function shared(
  what: "postgres" | "temporal" | "test-server" | "bundle",
  of = "",
): Promise<string> {
  const response = await fetch(`${inject("serversUrl")}/${what}?of=${encodeURIComponent(of)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${what} for the tests is not to be had: ${text}`);
  return text;
}
