import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { auditChanges } from "../../../src/audit/changes.ts";
import { REDACTED } from "../../../src/audit/redact.ts";

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

it.each([
  ["a token of ours", `revoked nvc_${"a".repeat(43)}, leaked`, `revoked ${REDACTED}, leaked`],
  ["a TOTP secret", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", REDACTED],
  ["a TOTP secret for an app", "otpauth://totp/NovaCron:ann?secret=GEZD", `otpauth://${REDACTED}`],
  ["the hash of a password", "scrypt$15$8$3$AAAA$BBBB", `scrypt$${REDACTED}`],
  ["a bearer", "Authorization: Bearer abc.def", `Authorization: Bearer ${REDACTED}`],
  ["a JWT", "eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6ImEifQ.c2ln", REDACTED],
  ["a private key", "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----", REDACTED],
  ["a password in a URL", "https://ann:hunter2@example.com/x", `https://${REDACTED}@example.com/x`],
  ["a parameter of a path", "/healthz?api_key=hunter2&verbose=1", `/healthz?api_key=${REDACTED}&verbose=1`],
  ["nothing secret", "https://api.example.com:8443/a-b-c?x=1", "https://api.example.com:8443/a-b-c?x=1"],
  ["an id", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"],
  ["a node", "apac-east-rack-0001", "apac-east-rack-0001"],
])("knows %s by its look, in whatever field", async (_name, text, shown) => {
  const change = { section: "services", id: text, before: null, after: { note: text, list: [text], [text]: true } };
  const { changes } = await auditChanges([change], sha256);
  const after = { note: shown, list: [shown], [shown]: true };
  expect(changes).toEqual([{ what: `services/${shown}`, before: null, after }]);
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
