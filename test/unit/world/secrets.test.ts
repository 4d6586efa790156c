import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepSecrets, openStateDir, type StateDir } from "../../../scripts/world/state-dir.ts";

describe("the secrets of a state directory", () => {
  let stateDir: StateDir;
  const file = () => join(stateDir.root, "secrets.json");
  beforeEach(() => {
    stateDir = openStateDir(mkdtempSync(join(tmpdir(), "novacron-secrets-")));
  });
  afterEach(() => rmSync(stateDir.root, { recursive: true }));

  it("are made once, each another, and readable by the owner alone", () => {
    const made = keepSecrets(stateDir);
    expect(new Set(Object.values(made)).size).toBe(6);
    expect(keepSecrets(stateDir)).toEqual(made);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it("stay where an earlier version has made fewer", () => {
    const before = { adminToken: "a".repeat(43), affinityKey: "b".repeat(43) };
    writeFileSync(file(), JSON.stringify(before));
    const made = keepSecrets(stateDir);
    expect(made).toMatchObject({ ...before, nodeToken: expect.any(String), auditKey: expect.any(String) });
    expect(keepSecrets(stateDir)).toEqual(made);
  });

  it("are an error that names the file when it is damaged", () => {
    writeFileSync(file(), '{"adminToken":"short"}');
    expect(() => keepSecrets(stateDir)).toThrow(file());
  });
});
