import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Ends what hangs, and no more: what has to happen in time says so in its test. */
const PATIENCE_MS = 600_000;

/** Of what is promised within a second or two: they do not run beside one another, nor beside what cannot step aside. */
const prompt = ["bans", "explain", "learning", "traffic"].map((name) => `test/e2e/${name}.test.ts`);

/** These take minutes: others run beside them. By itself Vitest begins with the largest file. */
const LONG = ["e2e/mitigation", "sim/sweep-low", "sim/sweep-high"].map((name) => `/test/${name}.test.ts`);

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(name));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** In Node as it is: it reads the sources itself, and runs them faster than through Vite's runner of modules. */
const native = {
  environment: "node",
  experimental: { viteModuleRunner: false, nodeLoader: false },
  testTimeout: PATIENCE_MS,
  hookTimeout: PATIENCE_MS,
} as const;

/** Real processes on real ports. */
const endToEnd = {
  ...native,
  globalSetup: "./test/e2e/world/setup.ts",
  // What is promised within a second fails on a machine that stalls for one: tried once more, and the report says so.
  retry: process.env.CI === undefined ? 0 : 1,
} as const;

export default defineConfig({
  test: {
    // What failing parts print belongs to tests that fail.
    silent: "passed-only",
    // By default one processor is left to the machine, which of two is half.
    maxWorkers: "100%",
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          ...native,
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          // Files share what they import: loading it anew for each takes a third of the time.
          isolate: false,
        },
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
          // One runtime for many files, which finds its storage empty before each of them.
          isolate: false,
          testTimeout: PATIENCE_MS,
          hookTimeout: PATIENCE_MS,
        },
      },
      {
        // The simulator hosts the objects itself, outside workerd.
        test: {
          ...native,
          name: "sim",
          include: ["test/sim/**/*.test.ts"],
          execArgv: ["--import", "./scripts/sim/stand-ins.ts"],
        },
      },
      {
        test: {
          ...endToEnd,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: prompt,
          // They mostly wait.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: { ...endToEnd, name: "e2e-prompt", include: prompt, fileParallelism: false, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
