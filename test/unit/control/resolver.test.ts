import { beforeEach, describe, expect, it } from "vitest";
import { SERVFAIL } from "../../../src/dns/rcode.ts";
import { resolverUrlSchema } from "../../../workers/resolver-url.ts";
import { FakeResolver } from "../../fakes/resolver.ts";
import { createWorld, type World } from "./world.ts";

const ZONE = "/dns/zones/example.org";
const SERVERS = ["ns1.example.net.", "ns2.example.net."];

let resolver: FakeResolver;
let world: World;
beforeEach(async () => {
  resolver = new FakeResolver();
  world = await createWorld({ resolver });
  const zone = { id: "example.org", primary: "ns1.example.net", contact: "hostmaster.example.org" };
  await world.call("POST", "/dns/zones", { body: zone });
  const set = { name: "example.org", type: "NS", values: SERVERS };
  expect((await world.call("POST", `${ZONE}/records`, { body: set })).status).toBe(201);
});

async function findings(check: string): Promise<readonly string[]> {
  const { body } = await world.call("POST", "/dns/validate", { body: { domain: "www.example.org" } });
  return body.findings
    .filter((each: { check: string }) => each.check === check)
    .map(({ status, detail }: Record<string, string>) => `${status}: ${detail}`);
}

const UNKNOWN = `warning: ${SERVERS.join(", ")}; whether its parent names the same is not known`;

describe("the delegation of a zone", () => {
  it("is asked of the resolver, with the serial", async () => {
    expect(await findings("delegation")).toEqual([
      `failed: the zone has ${SERVERS.join(", ")}; from outside it has no servers`,
    ]);
    expect(resolver.asked.sort()).toEqual(["example.org DS", "example.org NS", "example.org SOA"]);
    resolver.learn("example.org", "NS", SERVERS);
    resolver.learn("example.org", "SOA", ["ns1.example.net. hostmaster.example.org. 1 2 3 4 5"]);
    expect(await findings("delegation")).toEqual([`ok: ${SERVERS.join(", ")}, from outside too`]);
    expect((await findings("soa"))[1]).toBe(
      "warning: serial 2, from outside 1: a cache has the other, or a server does",
    );
  });

  it("is asked once more where the resolver fails", async () => {
    resolver.learn("example.org", "NS", SERVERS);
    resolver.failures = 3;
    expect((await findings("delegation"))[0]).toMatch(/^ok: /);
    resolver.failures = 6;
    expect(await findings("delegation")).toEqual([`${UNKNOWN}: the resolver cannot be reached`]);
    expect(world.logged).toContainEqual(
      expect.objectContaining({ level: "warn", message: "the resolver does not answer" }),
    );
  });

  it.each<[string, (response: Response) => Response, string]>([
    ["an error", () => new Response("no", { status: 503 }), "the resolver answers with status 503"],
    ["something else", () => new Response("<h1>hello</h1>"), "what the resolver sends is no answer"],
    ["too much", () => new Response(new Uint8Array(65_536)), "what the resolver sends is no answer"],
    ["nothing", () => new Response(null), "what the resolver sends is no answer"],
  ])("is not known where the resolver sends %s", async (_name, change, reason) => {
    resolver.change = change;
    expect(await findings("delegation")).toEqual([`${UNKNOWN}: ${reason}`]);
  });

  it("is not known where the resolver cannot find it out", async () => {
    resolver.rcode = SERVFAIL;
    expect(await findings("delegation")).toEqual([`${UNKNOWN}: the resolver answers NS with code 2`]);
  });

  it("is not waited for longer than 3 s", async () => {
    const hangs = (_url: string, { signal }: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        if (signal?.aborted) reject(signal.reason);
        signal?.addEventListener("abort", () => reject(signal.reason));
      });
    const waits: number[] = [];
    const timer = (ms: number, ring: () => void) => {
      if (ms !== 3000) return () => undefined;
      waits.push(ms);
      ring();
      return () => undefined;
    };
    const slow = await createWorld({ resolver: { url: resolver.url, fetch: hangs }, timer });
    await slow.call("POST", "/dns/zones", {
      body: { id: "example.org", primary: "ns1.example.net", contact: "hostmaster.example.org" },
    });
    await slow.call("POST", `${ZONE}/records`, { body: { name: "example.org", type: "NS", values: SERVERS } });
    world = slow;
    expect(await findings("delegation")).toEqual([`${UNKNOWN}: the resolver is silent for 3000 ms`]);
    expect(waits).toHaveLength(6);
  });

  it("includes the DS of a key", async () => {
    resolver.learn("example.org", "NS", SERVERS);
    await world.call("PUT", `${ZONE}/dnssec`);
    const [{ record, tag, dueAt }] = (await world.call("GET", `${ZONE}/dnssec`)).body.ds;
    world.clock.now = Date.parse(dueAt);
    expect((await findings("dnssec")).at(-1)).toBe(`warning: the parent has no DS; give it ${record.split(" DS ")[1]}`);
    resolver.learn("example.org", "DS", [record.split(" DS ")[1]]);
    expect((await findings("dnssec")).at(-1)).toBe(`ok: the parent has the DS ${tag}`);
    resolver.learn("example.org", "DS", [`${tag} 13 2 ${"00".repeat(32)}`]);
    expect((await findings("dnssec")).at(-1)).toBe(
      `failed: the parent has the DS ${tag}, none of a key of the zone: it is bogus`,
    );
  });
});

describe("DNS_RESOLVER", () => {
  it.each<[string, boolean]>([
    ["https://resolver.example/dns-query", true],
    ["http://127.0.0.1:8053/dns-query", true],
    ["http://[::1]:8053/dns-query", true],
    ["http://localhost/dns-query", true],
    ["http://resolver.example/dns-query", false],
    ["http://127.0.0.1.resolver.example/dns-query", false],
    ["ftp://resolver.example/", false],
    ["resolver.example", false],
    ["", false],
  ])("may be %j: %s", (url, isFine) => {
    expect(resolverUrlSchema.safeParse(url).success).toBe(isFine);
  });
});
