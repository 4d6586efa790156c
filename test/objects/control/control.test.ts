import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { d1AuthStore } from "../../../src/adapters/d1/auth-store.ts";
import { insertHealth } from "../../../src/adapters/d1/region-health.ts";
import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import { type Account, type KeptToken, noProofs } from "../../../src/auth/account.ts";
import { formatSecret } from "../../../src/auth/secret.ts";
import { control } from "../../../workers/control/main.ts";

const TOKEN = formatSecret("token", new Uint8Array(32).fill(7));

async function call(method: string, path: string, body?: unknown, token = TOKEN) {
  const request = new Request<unknown, IncomingRequestCfProperties>(`http://${env.CONTROL_HOST}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await control.fetch(request, env, createExecutionContext());
  const text = await response.text();
  const isJson = response.headers.get("Content-Type")?.endsWith("json");
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

const virginia = {
  name: "Virginia",
  country: "US",
  latitude: 38.95,
  longitude: -77.45,
  nodes: 1,
  connections: 1000,
  zones: 3,
  locationHint: "enam",
};

const robot: Account = {
  id: "robot",
  name: "robot",
  kind: "machine",
  email: null,
  roles: [{ role: "admin", regions: null, services: null }],
  allowlist: [],
  createdAt: 0,
};
const token: KeptToken = {
  id: "token",
  principal: "robot",
  name: "test",
  limit: null,
  createdAt: 0,
  expiresAt: null,
  lastUsedAt: null,
  stepUpExempt: true,
};

// The doors and resources are tested over a fake; this is that the real parts fit: hashing, RPC, D1, assets.
it("works on the real routing table, D1 and assets", async () => {
  const auth = d1AuthStore(env.DB);
  await auth.accounts.create(robot, noProofs);
  await auth.tokens.create(token, await sha256Hex(TOKEN));
  expect((await call("GET", "/api/v1/table", undefined, "b".repeat(32))).status).toBe(401);

  const regions = { "us-east-1": virginia };
  const backends = { "us-east-1-a": { region: "us-east-1", url: "http://127.0.0.1:9" } };
  const applied = await call("POST", "/api/v1/table/apply", { regions, backends });
  expect([applied.status, applied.body.epoch]).toEqual([200, 1]);
  expect((await call("GET", "/api/v1/table")).body).toMatchObject({ epoch: 1, counts: { blacklist: 0 } });

  const refused = await call("POST", "/api/v1/table/apply", { regions: { "us-east-1": { weight: -1 } } });
  expect([refused.status, refused.body.errors[0].path]).toEqual([422, "/regions/us-east-1/weight"]);

  expect((await call("PUT", "/api/v1/weights", { "us-east-1": 50 })).body["us-east-1"]).toBe(50);
  expect((await call("POST", "/api/v1/blacklist", { cidr: "203.0.113.9", reason: "r" })).status).toBe(201);
  expect((await call("GET", "/api/v1/blacklist")).body.items).toMatchObject([{ cidr: "203.0.113.9/32" }]);
  expect((await call("DELETE", "/api/v1/blacklist/203.0.113.9%2F32")).status).toBe(204);

  const history = await call("GET", "/api/v1/table/history?limit=2");
  expect(history.body.items).toHaveLength(2);
  const rest = await call("GET", `/api/v1/table/history?limit=2&cursor=${history.body.cursor}`);
  expect(rest.body.items.map((entry: { epoch: number }) => entry.epoch)).toEqual([2, 1]);
  expect(rest.body.cursor).toBeUndefined();
  expect((await call("POST", "/api/v1/table/rollback", { epoch: 1, reason: "r" })).body.epoch).toBe(5);

  const kept = {
    region: "us-east-1",
    backend: "us-east-1-a",
    recoveredAt: null,
    vantage: "local",
    status: "up",
    latencyMs: 3,
    load: null,
  };
  await env.DB.batch([insertHealth(env.DB, [{ ...kept, status: "up", detail: "200", at: Date.now() - 1000 }])]);
  const health = await call("GET", "/api/v1/health/regions/us-east-1?since=1h");
  expect(health.body).toMatchObject({ backends: [{ id: "us-east-1-a" }], history: [{ status: "up", detail: "200" }] });

  const audited = await call("GET", "/api/v1/audit?result=refused");
  expect(audited.body.items).toMatchObject([
    { result: { status: 422, reason: "objections" }, principal: { id: "robot" } },
    { result: { status: 401, reason: "unauthenticated" }, principal: null, address: "127.0.0.1" },
  ]);
  expect((await call("GET", "/api/v1/audit/verify")).body).toMatchObject({ intact: true, first: 1, heads: 1 });
  const exported = await call("GET", "/api/v1/audit/export");
  expect(exported.headers.get("Content-Type")).toBe("application/jsonl");
  expect(exported.body.split("\n").length).toBeGreaterThan(10);

  const page = await call("GET", "/");
  expect([page.status, page.headers.get("X-Request-Id")]).toEqual([200, expect.any(String)]);
  expect(page.body).toContain("NovaCron Global");
  expect((await call("GET", "/api/v1/openapi.json", undefined, "")).body.openapi).toBe("3.1.0");
  expect((await call("GET", "/docs")).body).toContain("<h3>Region</h3>");
  expect((await call("GET", "/docs.css")).headers.get("Content-Type")).toContain("text/css");
  expect((await call("GET", "/nothing")).body.type).toBe("/problems/no-such-route");
});
