import { beforeEach, describe, expect, it } from "vitest";
import { decodeQuery } from "../../../src/dns/decode-query.ts";
import { saidDown } from "../../fakes/world.ts";
import { createWorld } from "./world.ts";

let world: Awaited<ReturnType<typeof createWorld>>;
beforeEach(async () => {
  world = await createWorld();
});

/** Bytes of a query for a name (type A unless told otherwise), with id 7 and no EDNS. */
function message(name: string, type = 1): Uint8Array<ArrayBuffer> {
  const labels = name.split(".").flatMap((label) => [label.length, ...Array.from(label, (c) => c.charCodeAt(0))]);
  return Uint8Array.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, type, 0, 1]);
}
const base64Url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const post = (body: Uint8Array<ArrayBuffer>, type = "application/dns-message") =>
  world.fetch("/dns-query", { method: "POST", body, headers: { "Content-Type": type } });
/** The response code, and how many records the answer has. */
const headOf = async (response: Response) => {
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { id: bytes[1], rcode: (bytes[3] ?? 0) & 15, answers: bytes[7], isResponse: !decodeQuery(bytes).ok };
};

describe("a message", () => {
  it("is answered by GET and by POST alike", async () => {
    const query = message("api.novacron.io");
    const got = await world.fetch(`/dns-query?dns=${base64Url(query)}`);
    const posted = await post(query);
    for (const response of [got, posted]) {
      expect(response.status).toBe(200);
      expect(response.headers.get("Content-Type")).toBe("application/dns-message");
      expect(await headOf(response)).toEqual({ id: 7, rcode: 0, answers: 1, isResponse: true });
    }
  });

  it("is answered for no more than a day, since rollovers of keys wait no longer", async () => {
    await world.apply({ records: { "long.novacron.io/TXT": { values: ['"x"'], ttlSeconds: 1_000_000 } } });
    expect((await world.resolve("long.novacron.io", "TXT")).Answer[0].TTL).toBe(86_400);
    const steered = {
      ttlSeconds: 1_000_000,
      policy: { kind: "failover", order: ["us-east-1"], targets: { "us-east-1": { values: ["192.0.2.1"] } } },
    };
    await world.apply({ records: { "steered.novacron.io/A": steered } });
    await world.catchUp();
    expect((await world.resolve("steered.novacron.io", "A")).Answer[0]).toMatchObject({
      TTL: 86_400,
      data: "192.0.2.1",
    });
  });

  it("is answered as long as what it is told may be kept, and with the epoch of the table", async () => {
    const own = await post(message("ns1.novacron.io"));
    expect(own.headers.get("Cache-Control")).toBe("max-age=300");
    expect(own.headers.get("X-Novacron-Epoch")).toBe("1");
    const steered = await post(message("api.novacron.io"));
    expect(steered.headers.get("Cache-Control")).toBe("private, max-age=300");
    const outside = await post(message("example.com"));
    expect([outside.status, outside.headers.get("Cache-Control")]).toEqual([200, "no-store"]);
  });

  it.each<[string, () => Promise<Response>, number, number | null]>([
    ["outside the zones", () => post(message("example.com")), 200, 5],
    ["that is not there", () => post(message("nobody.novacron.io")), 200, 3],
    ["with two questions", () => post(message("a.b").with(5, 2)), 200, 1],
    ["that is cut off", () => post(message("api.novacron.io").slice(0, 20)), 200, 1],
    ["that is a response", () => post(message("a.b").with(2, 0x81)), 400, null],
    ["too short for a header", () => post(new Uint8Array(11)), 400, null],
    ["of no type", () => post(message("a.b"), "application/json"), 415, null],
    ["that is too large", () => post(new Uint8Array(65_536)), 413, null],
    ["that is missing", () => world.fetch("/dns-query"), 400, null],
    ["that is no base64url", () => world.fetch("/dns-query?dns=a+b%2F"), 400, null],
    ["by another method", () => world.fetch("/dns-query", { method: "PUT", body: "x" }), 405, null],
    ["at another path", () => world.fetch("/nothing"), 404, null],
  ])("%s has its own status", async (_name, ask, status, rcode) => {
    const response = await ask();
    expect(response.status).toBe(status);
    if (rcode !== null) expect((await headOf(response)).rcode).toBe(rcode);
    else expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  });

  it("is not answered without a table", async () => {
    const lost = await createWorld({ isReachable: false });
    expect((await lost.fetch(`/dns-query?dns=${base64Url(message("a.b"))}`)).status).toBe(503);
  });

  it("is answered from the last table while there is no newer one", async () => {
    await post(message("api.novacron.io"));
    world.table.unreachable = true;
    world.clock.now += 60_000;
    expect(await headOf(await post(message("api.novacron.io")))).toMatchObject({ rcode: 0, answers: 1 });
  });
});

describe("JSON", () => {
  it("tells each client of its nearest region, and how far that holds", async () => {
    const told = async (subnet: string) => {
      const { Answer, edns_client_subnet } = await world.resolve("api.novacron.io", "A", subnet);
      return [Answer[0].data, edns_client_subnet];
    };
    expect(await told("192.0.2.0/24")).toEqual(["203.0.113.1", "192.0.2.0/24/24"]);
    expect(await told("198.51.100.77")).toEqual(["203.0.113.5", "198.51.100.0/24/24"]);
    expect(await told("203.0.113.128/25")).toEqual(["203.0.113.10", "203.0.113.128/25/24"]);
    expect(await told("2001:db8:de::/48")).toEqual(["203.0.113.5", "2001:db8:de::/48/48"]);
    expect(await told("0.0.0.0/0")).toEqual([expect.any(String), "0.0.0.0/0/0"]);
  });

  it("has an answer that is the same for everybody hold for everybody", async () => {
    const answer = await world.resolve("ns1.novacron.io", "AAAA", "192.0.2.0/24");
    expect(answer).toMatchObject({ Status: 0, edns_client_subnet: "192.0.2.0/24/0" });
    expect(answer.Answer).toEqual([{ name: "ns1.novacron.io.", type: 28, TTL: 300, data: "2001:db8:53::1" }]);
  });

  it("is given at the other path too, to who asks by name", async () => {
    const response = await world.fetch("/dns-query?name=novacron.io&type=NS");
    expect(response.headers.get("Content-Type")).toBe("application/dns-json");
    expect(await response.json()).toMatchObject({ Answer: [{ type: 2 }, { type: 2 }] });
  });

  it.each([
    ["?type=A", "name is missing"],
    ["?name=a..b", "name: a label is empty"],
    ["?name=a.b&type=MOON", "type: no type of records"],
    ["?name=a.b&edns_client_subnet=300.1.1.1", "subnet: not an IP address"],
  ])("refuses %s", async (query, title) => {
    const response = await world.fetch(`/resolve${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ title: expect.stringContaining(title) });
  });
});

describe("what has changed", () => {
  it("is told soon after: a region that is down is not answered", async () => {
    const inGermany = async () => (await world.resolve("api.novacron.io", "A", "198.51.100.0/24")).Answer[0].data;
    expect(await inGermany()).toBe("203.0.113.5");
    await world.table.report([saidDown("euc1-a")]);
    await world.catchUp();
    expect(await inGermany()).toBe("203.0.113.1");
  });

  it("moves the serial of the zone, and of no other change", async () => {
    const serial = async () => (await world.resolve("novacron.io", "SOA")).Answer[0].data.split(" ")[2];
    expect(await serial()).toBe("1");
    await world.apply({ regions: { "us-east-1": { weight: 50 } } });
    await world.catchUp();
    expect(await serial()).toBe("1");
    await world.apply({ records: { "www.novacron.io/CNAME": { values: ["api.novacron.io."] } } });
    await world.catchUp();
    expect(await serial()).toBe("2");
    const { Answer } = await world.resolve("www.novacron.io", "A", "192.0.2.0/24");
    expect(Answer.map(({ data }: { data: string }) => data)).toEqual(["api.novacron.io.", "203.0.113.1"]);
  });
});
