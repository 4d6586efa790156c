import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { keepSecrets, openStateDir } from "../../../scripts/world/state-dir.ts";

const root = mkdtempSync(join(tmpdir(), "novacron-state-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

it("keeps the secrets of an older version, and makes those that it did not have", () => {
  const stateDir = openStateDir(root);
  const file = join(root, "secrets.json");
  const old = { adminToken: "a".repeat(43), affinityKey: "b".repeat(43) };
  writeFileSync(file, JSON.stringify(old));
  const secrets = keepSecrets(stateDir);
  expect(secrets).toEqual({ ...old, auditKey: expect.stringMatching(/^[\w-]{43}$/) });
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(secrets);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(keepSecrets(stateDir)).toEqual(secrets);
});
