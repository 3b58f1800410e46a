import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Threads crash with Temporal's native module.
    pool: "forks",
    // A process for many files: loading the SDKs anew for each took longer than the tests. So files share what is
    // global in a process, and leave it as they found it.
    isolate: false,
    // Most of what a test does is to wait for servers, which leave room for a third; a fourth gains little.
    maxWorkers: 3,
    include: ["**/*.test.ts"],
    exclude: ["node_modules/**", ".campanile/**", "coverage/**"],
    globalSetup: ["test/globalSetup.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    coverage: {
      provider: "istanbul",
      reportOnFailure: true,
      // Of workflows/ what runs outside of Temporal's sandbox too: ids, and what operators read.
      include: ["domain/**/*.ts", "workflows/handles.ts", "workflows/*Details.ts"],
      reporter: ["json", "json-summary", "text-summary"],
      reportsDirectory: "coverage/domain",
    },
  },
});
