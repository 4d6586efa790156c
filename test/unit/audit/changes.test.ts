import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { auditChanges, REDACTED } from "../../../src/audit/changes.ts";

const sha256 = async (text: string) => createHash("sha256").update(text).digest("hex");

it.each([
  ["passwordHash", "$2b$", REDACTED],
  ["totp_secret", "JBSW", REDACTED],
  ["API-Token", 7, REDACTED],
  ["recoveryCodes", ["a", "b"], REDACTED],
  ["privateKey", { d: "x" }, REDACTED],
  ["apiToken", null, null],
  ["hasPassword", true, true],
  ["weight", 7, 7],
  ["hosts", [{ sessionCookie: "c", name: "n" }], [{ sessionCookie: REDACTED, name: "n" }]],
])("shows of %s no more than it may", async (name, value, shown) => {
  const change = { section: "services", id: "api", before: null, after: { nested: { [name]: value } } };
  const { changes } = await auditChanges([change], sha256);
  expect(changes).toEqual([{ what: "services/api", before: null, after: { nested: { [name]: shown } } }]);
});

it("keeps a hash of what does not fit", async () => {
  const many = Array.from({ length: 300 }, (_, i) => ({ section: "blacklist", id: `${i}`, before: null, after: {} }));
  const { changes, rest } = await auditChanges(many, sha256);
  expect([changes.length, rest?.count]).toEqual([100, 200]);
  expect(await auditChanges([...many].reverse(), sha256)).not.toMatchObject({ rest: { sha256: rest?.sha256 } });
  const long = { section: "services", id: "api", before: null, after: { note: "x".repeat(20_000) } };
  const text = `[{"after":{"note":"${"x".repeat(20_000)}"},"before":null,"what":"services/api"}]`;
  expect(await auditChanges([long], sha256)).toEqual({ changes: [], rest: { count: 1, sha256: await sha256(text) } });
});
