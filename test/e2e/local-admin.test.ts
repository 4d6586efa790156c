import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { z } from "zod";
import { totpCode } from "../../src/auth/totp.ts";
import { startWorld } from "./world/world.ts";

const stateDir = mkdtempSync(join(tmpdir(), "novacron-admin-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const start = () => startWorld({ regions: ["us-east-1"], stateDir });
const read = <T>(file: string, schema: z.ZodType<T>): T =>
  schema.parse(JSON.parse(readFileSync(join(stateDir, file), "utf8")));
const adminSchema = z.object({ name: z.string(), password: z.string(), totpSecret: z.string() });

it("lets the same token in again, makes a new one where it is not good, and keeps all else", async () => {
  const first = await start();
  const { token } = first;
  await first.api("PUT", "/weights", { "us-east-1": 42 });
  expect(statSync(join(stateDir, "admin.json")).mode & 0o777).toBe(0o600);
  await first.stop();

  const second = await start();
  expect(second.token).toBe(token);
  await second.stop();

  // As versions left it that knew one token only.
  const { adminToken } = read("secrets.json", z.object({ adminToken: z.string() }));
  writeFileSync(join(stateDir, "credentials.json"), JSON.stringify({ url: second.control, token: adminToken }));
  const third = await start();
  expect(third.token).not.toBe(adminToken);
  expect(await third.api("GET", "/weights")).toMatchObject({ status: 200, body: { "us-east-1": 42 } });
  const { name, password, totpSecret } = read("admin.json", adminSchema);
  const later = totpCode(totpSecret, Date.now() + 30_000);
  expect((await third.api("POST", "/sessions", { name, password, code: later })).status).toBe(201);
  // Nobody is let in by what makes the first admin.
  expect((await third.api("GET", "/weights", undefined, { Authorization: `Bearer ${adminToken}` })).status).toBe(401);
  await third.stop();
});
