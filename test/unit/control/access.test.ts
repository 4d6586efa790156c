import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { beforeAll, beforeEach, expect, it } from "vitest";
import { createAccessVerifier } from "../../../workers/control/auth/access.ts";
import { createWorld, type World } from "./world.ts";

const settings = { issuer: "https://team.cloudflareaccess.com", audience: "aud-of-control" };
const keys = { ours: await generateKeyPair("RS256"), theirs: await generateKeyPair("RS256") };

let world: World;
let verifier: ReturnType<typeof createAccessVerifier>;
beforeAll(async () => {
  const jwk = { ...(await exportJWK(keys.ours.publicKey)), kid: "k1", alg: "RS256" };
  verifier = createAccessVerifier(settings, createLocalJWKSet({ keys: [jwk] }));
});
beforeEach(async () => {
  world = await createWorld({ access: verifier });
  const body = { name: "ann", email: "ann@example.com", roles: [{ role: "admin" }] };
  await world.call("POST", "/principals", { body });
});

interface Claims {
  readonly issuer?: string;
  readonly audience?: string;
  readonly expiresIn?: string;
  readonly claims?: JWTPayload;
  readonly key?: keyof typeof keys;
}

function jwt({ key = "ours", claims = { email: "ann@example.com" }, ...given }: Claims = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "RS256", kid: "k1" })
    .setIssuedAt()
    .setIssuer(given.issuer ?? settings.issuer)
    .setAudience(given.audience ?? settings.audience)
    .setExpirationTime(given.expiresIn ?? "1h")
    .sign(keys[key].privateKey);
}

async function call(method: string, path: string, assertion: string, more: Readonly<Record<string, string>> = {}) {
  const headers = { "Cf-Access-Jwt-Assertion": assertion, ...more };
  return world.fetch(new Request(`http://control.test/api/v1${path}`, { method, headers }));
}

it("lets in whom Cloudflare Access vouches for, by email, as what they are here", async () => {
  const response = await call("GET", "/principals/me", await jwt({ claims: { email: "Ann@example.com" } }));
  expect([response.status, await response.json()]).toMatchObject([200, { name: "ann", kind: "access" }]);
});

it("asks them for a second factor of our own where it matters", async () => {
  const response = await call("DELETE", "/principals/x", await jwt());
  expect([response.status, ((await response.json()) as { type: string }).type]).toEqual([401, "/problems/step-up"]);
});

it.each<[string, () => Promise<string>]>([
  ["another issuer", () => jwt({ issuer: "https://evil.cloudflareaccess.com" })],
  ["another application of the team", () => jwt({ audience: "aud-of-wiki" })],
  ["one that is over", () => jwt({ expiresIn: "-1s" })],
  ["another key", () => jwt({ key: "theirs" })],
  ["nobody that is known here", () => jwt({ claims: { email: "eve@example.com" } })],
  ["a service token, which has no email", () => jwt({ claims: { common_name: "robot" } })],
  ["no JWT", async () => "x.y.z"],
  [
    "one without a signature",
    async () => {
      const [header = "", payload = ""] = (await jwt()).split(".");
      return `${btoa(atob(header).replace("RS256", "none"))}.${payload}.`;
    },
  ],
])("refuses %s", async (_name, make) => {
  expect((await call("GET", "/table", await make())).status).toBe(401);
});

it("does not look at it where Access is not set up, nor where a token came along", async () => {
  const assertion = await jwt();
  const headers = { Authorization: "Bearer nonsense", "Cf-Access-Jwt-Assertion": assertion };
  expect((await world.fetch(new Request("http://control.test/api/v1/table", { headers }))).status).toBe(401);
  world = await createWorld();
  expect((await call("GET", "/table", assertion)).status).toBe(401);
});

it.each<[string, string, Readonly<Record<string, string>>, number]>([
  ["a page of another site", "DELETE", { "Sec-Fetch-Site": "cross-site" }, 403],
  ["another host of the same site", "DELETE", { "Sec-Fetch-Site": "same-site" }, 403],
  ["a page of elsewhere, in an old browser", "DELETE", { Origin: "http://evil.test" }, 403],
  ["a page of ours", "DELETE", { "Sec-Fetch-Site": "same-origin", Origin: "http://control.test" }, 404],
  ["a page of ours, in an old browser", "DELETE", { Origin: "http://control.test" }, 404],
  ["no page", "DELETE", {}, 404],
  ["a link of another site", "GET", { "Sec-Fetch-Site": "cross-site" }, 404],
])("takes what %s sends as what it is", async (_name, method, headers, status) => {
  expect((await call(method, "/blacklist/192.0.2.1%2F32", await jwt(), headers)).status).toBe(status);
});
