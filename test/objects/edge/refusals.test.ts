import { describe, expect, it } from "vitest";
import { canonicalUrl } from "../../../workers/edge/canonical-url.ts";
import { EdgeWorld, FRANKFURT } from "./world.ts";

const rule = { reason: "test", createdAt: 0, expiresAt: null };
const regions = ["us-east-1", "us-west-2"];

interface Case {
  readonly patch?: object;
  readonly path?: string;
  readonly host?: string;
  readonly headers?: Record<string, string>;
  readonly cf?: object;
}

const cases: readonly (readonly [string, number, string, Case])[] = [
  [
    "a blacklisted client",
    403,
    "blocked",
    { patch: { blacklist: { "203.0.113.0/24": rule } }, headers: { "cf-connecting-ip": "203.0.113.9" } },
  ],
  [
    "an unknown host",
    404,
    "no-service",
    { patch: { services: { api: { hosts: ["api.example.com"] } } }, host: "http://x" },
  ],
  ["an unknown path", 404, "no-service", { patch: { services: { api: { pathPrefix: "/api" } } }, path: "/apix" }],
  ["no permitted region", 451, "no-permitted-region", { patch: { services: { api: { residency: "required" } } } }],
  [
    "an unknown place where residency is required",
    451,
    "no-permitted-region",
    { patch: { services: { api: { residency: "required" } } }, cf: { country: "T1" } },
  ],
  [
    "nobody who takes clients",
    503,
    "no-healthy-backend",
    { patch: { regions: { "us-east-1": { state: "draining" }, "us-west-2": { state: "draining" } } } },
  ],
  ["a loop", 508, "loop", { headers: { "cdn-loop": "novacron" } }],
  ["a URL too long", 414, "url-too-long", { path: `/${"x".repeat(16_384)}` }],
  ["an address that is none", 400, "bad-client-address", { headers: { "cf-connecting-ip": "nobody" } }],
];

describe("refusals", () => {
  it.each(cases)("%s: %i %s", async (_, status, type, { patch, path, host, headers, cf = FRANKFURT }) => {
    const world = await EdgeWorld.start(regions, patch);
    const response = await world.send(path, headers ? { headers, cf } : { cf }, host);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("server-timing")).toMatch(/^edge;dur=\d+$/);
    const requestId = response.headers.get("x-request-id");
    expect(requestId).toMatch(/^[0-9a-f]{32}$/);
    expect(await response.json()).toMatchObject({ status, type: `/problems/${type}`, requestId });
    expect(world.asked).toEqual([]);
  });

  it("the allowlist lets a blacklisted client through", async () => {
    const patch = { blacklist: { "203.0.113.0/24": rule }, allowlist: { "203.0.113.9/32": rule } };
    const world = await EdgeWorld.start(regions, patch);
    expect((await world.send("/", { headers: { "cf-connecting-ip": "203.0.113.9" } })).status).toBe(200);
    expect((await world.send("/", { headers: { "cf-connecting-ip": "203.0.113.8" } })).status).toBe(403);
  });

  it("all verdicts down: 503, though open services try", async () => {
    const world = await EdgeWorld.start(regions);
    const vote = {
      status: "down",
      since: 1,
      recoveredAt: null,
      checkedAt: 1,
      latencyMs: null,
      load: null,
      vantage: "weur",
      detail: "test",
      confirming: false,
    } as const;
    const reports = regions.map((region) => ({ backend: `${region}-a` as never, vote }));
    await world.table.report(reports);
    const response = await world.send();
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("10");
    await world.apply({ services: { api: { whenNoneHealthy: "fail-open" } } });
    world.now += 10_000;
    expect((await world.send()).status).toBe(200);
  });

  it("a bug of ours is a 500 with the request id, and tells nothing", async () => {
    const world = await EdgeWorld.start(regions);
    world.countryByIp = () => {
      throw new Error("secret");
    };
    const response = await world.send("/", { cf: {} });
    expect(response.status).toBe(500);
    const requestId = response.headers.get("x-request-id");
    expect(await response.json()).toEqual({
      status: 500,
      type: "/problems/internal",
      title: "Internal error",
      requestId,
    });
    expect(response.headers.has("server-timing")).toBe(true);
  });
});

describe("the URL that a service is chosen by", () => {
  // The runtime hands on the Host and the target as they came.
  it.each([
    ["http://api.example.com/", "http://api.example.com/"],
    ["https://api.example.com:8443/a?b=c&d=%20#", "https://api.example.com:8443/a?b=c&d=%20"],
    ["http://API.Example.COM:80/", "http://api.example.com/"],
    ["http://h/public/../admin", "http://h/admin"],
    ["http://h/public/%2E%2e/admin", "http://h/admin"],
    ["http://h/public/.%2e/./admin", "http://h/admin"],
    ["http://h/a\\..\\b", "http://h/b"],
    ["http://h/.well-known/x", "http://h/.well-known/x"],
    ["http://h/a?x=/../y", "http://h/a?x=/../y"],
    ["http://h/a//b", "http://h/a//b"],
    ["http://user:password@h/", "http://h/"],
    ["http://evil/path?/x", "http://evil/path?/x"],
    ["http://h/é?ü", "http://h/%C3%A9?%C3%BC"],
    ["http://[2001:DB8::1]:8787/", "http://[2001:db8::1]:8787/"],
    ["http://h.example./", "http://h.example./"],
    ['http://a";for=1.2.3.4/', null],
    ['http://a"b/', null],
    ["http://a';b,c/", null],
    ["http://h*", null],
    ["http://a b/", null],
    ["http://bücher.example/", "http://xn--bcher-kva.example/"],
    ["http:///", null],
    ["http://h:x/", null],
  ])("%s is %s", (url, canonical) => {
    expect(canonicalUrl(url)).toBe(canonical);
  });

  it("is the one that fetch would make of it", () => {
    for (const url of ["http://h/a.b/c..d/...?..", "http://h_1.x-y/~a/(b);c=d,e@f:g/*!$&'+[]|%zz", "http://h/a%2Fb"]) {
      expect(canonicalUrl(url)).toBe(new URL(url).href);
    }
  });
});
