import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // What failing parts print belongs to tests that fail.
    silent: "passed-only",
    projects: [
      {
        test: { name: "unit", include: ["test/unit/**/*.test.ts"], environment: "node" },
      },
      {
        // Inside workerd, with the deployed configuration and a Worker that has the objects only.
        plugins: [
          cloudflareTest(async () => ({
            main: "./test/objects/worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                ADMIN_TOKEN: "a".repeat(32),
                AFFINITY_KEY: "b".repeat(32),
                NODE_TOKEN: "c".repeat(32),
                AUDIT_KEY: "d".repeat(32),
                AUTH_KEY: "e".repeat(32),
                ANOMALY_LEAST_AGE_SECONDS: "60",
                MIGRATIONS: await readD1Migrations("./src/adapters/d1/migrations"),
              },
            },
          })),
        ],
        test: {
          name: "objects",
          include: ["test/objects/**/*.test.ts"],
          setupFiles: ["./test/objects/setup.ts"],
          testTimeout: 30_000,
        },
      },
      {
        // The simulator hosts the objects itself, outside workerd.
        resolve: {
          alias: {
            "cloudflare:workers": fileURLToPath(new URL("./scripts/sim/cloudflare-workers.ts", import.meta.url)),
            "cloudflare:sockets": fileURLToPath(new URL("./scripts/sim/cloudflare-sockets.ts", import.meta.url)),
          },
        },
        test: { name: "sim", include: ["test/sim/**/*.test.ts"], environment: "node", testTimeout: 120_000 },
      },
      {
        // Real processes on real ports: one file at a time.
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          environment: "node",
          fileParallelism: false,
          // What is promised within a second fails on a machine that stalls for one: tried once more, and the report says so.
          retry: process.env.CI === undefined ? 0 : 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
