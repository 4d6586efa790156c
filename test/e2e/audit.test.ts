import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, it } from "vitest";
import { processesWith, startWorld } from "./world/world.ts";

const CLI = join(import.meta.dirname, "../../scripts/cli/main.ts");

const stateDir = mkdtempSync(join(tmpdir(), "novacron-audit-"));
afterEach(() => {
  for (const { pid } of processesWith(stateDir)) process.kill(pid, "SIGKILL");
  rmSync(stateDir, { recursive: true, force: true });
});

interface Ran {
  readonly code: unknown;
  readonly out: string;
  readonly err: string;
}

const novacron = (...args: string[]) =>
  new Promise<Ran>((resolve) => {
    const env = { ...process.env, NOVACRON_STATE_DIR: stateDir };
    execFile(process.execPath, [CLI, ...args], { env }, (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    );
  });

/** The file in which the object of the audit log keeps its entries. */
function openAuditLog(): DatabaseSync {
  const storage = join(stateDir, "workerd/storage");
  for (const file of readdirSync(storage, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".sqlite")) continue;
    const database = new DatabaseSync(join(storage, file));
    if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'signed_head'").get()) return database;
    database.close();
  }
  throw new Error("no file holds the audit log");
}

it("finds one row of the audit log that was edited on disk", async () => {
  const options = { regions: ["us-east-1"], stateDir };
  const first = await startWorld(options);
  expect((await first.api("PUT", "/weights", { "us-east-1": 50 })).status).toBe(200);
  const listed = await novacron("audit", "ls", "--action", "weights", "--json");
  const seq: number = JSON.parse(listed.out)[0].seq;
  const good = await novacron("audit", "verify");
  expect([good.code, good.err]).toEqual([0, ""]);
  expect(good.out).toMatch(/^entries 1 to \d+ are one chain\n1 signed head agrees with it/);
  await first.stop();

  const database = openAuditLog();
  const edit = database.prepare(
    "UPDATE entry SET text = replace(text, '\"weight\":50', '\"weight\":51') WHERE seq = ?",
  );
  expect(edit.run(seq).changes).toBe(1);
  database.close();

  const second = await startWorld(options);
  const bad = await novacron("audit", "verify");
  expect([bad.code, bad.err]).toEqual([1, `entry ${seq} was edited: it does not have its hash\n`]);
  expect((await second.api("GET", "/audit/verify")).body).toMatchObject({
    intact: false,
    broken: { kind: "edited", seq },
  });
  await second.stop();
});
