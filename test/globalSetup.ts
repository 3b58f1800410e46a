import type { TestProject } from "vitest/node";
import { startServers } from "./servers.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where test files ask for the servers they share. */
    serversUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startServers(project.vitest.config.coverage.enabled);
  project.provide("serversUrl", servers.url);
  return () => servers.stop();
}
