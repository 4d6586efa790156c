import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

/** A port that is none: what starts the world all the same, fails with 1. */
const env = { ...process.env, NOVACRON_EDGE_PORT: "none", NOVACRON_STATE_DIR: "/dev/null/none" };
const runScript = (script: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, [`scripts/${script}`, ...args], { encoding: "utf8", env, timeout: 60_000 });

it.each([
  ["sim/main.ts", "usage: npm run sim", "--hours"],
  ["bench/main.ts", "usage: npm run bench", "dns-bridge"],
  ["world/start.ts", "usage: npm start", "NOVACRON_STATE_DIR"],
  ["world/rejoin.ts", "usage: npm run region-node", "--backend"],
])("%s tells how it is used, and refuses what it does not know", (script, usage, word) => {
  const asked = runScript(script, "--help");
  expect([asked.status, asked.stderr.replaceAll(/.*ExperimentalWarning.*\n.*\n/g, "")]).toEqual([0, ""]);
  expect(asked.stdout).toContain(usage);
  expect(asked.stdout).toContain(word);
  const unknown = runScript(script, "--nonsense");
  expect([unknown.status, unknown.stdout]).toEqual([2, ""]);
  expect(unknown.stderr).toMatch(/^error: Unknown option '--nonsense'/);
  expect(unknown.stderr).toContain(usage);
  expect(unknown.stderr).not.toMatch(/^ +at /m);
});
