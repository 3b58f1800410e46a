import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Threads crash with Temporal's native module.
    pool: "forks",
    include: ["**/*.test.ts"],
    exclude: ["node_modules/**", ".campanile/**", "coverage/**"],
    globalSetup: ["test/globalSetup.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    coverage: {
      provider: "v8",
      include: ["domain/**/*.ts", "workflows/handles.ts"],
      reporter: ["json", "json-summary", "text-summary"],
      reportsDirectory: "coverage/domain",
    },
  },
});
