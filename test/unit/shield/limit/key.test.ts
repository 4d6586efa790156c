import { describe, expect, it } from "vitest";
import { type Ip, parseIp } from "../../../../src/base/ip.ts";
import { isLimitedBy, limitKey, networkHash } from "../../../../src/shield/limit/key.ts";
import { type RateLimit, rateLimitSchema } from "../../../../src/table/rate-limit.ts";
import { type Client, testRequest, testSnapshot, testTable } from "../../../fakes/world.ts";

const snapshot = testSnapshot(testTable());
const factsOf = (client: Client) => {
  const request = testRequest(snapshot, "api", client);
  if (!request) throw new Error("refused");
  return request.facts;
};
const rules = (given: object): RateLimit => rateLimitSchema.parse(given);
const keyOf = (key: object[], client: Client) => limitKey(rules({ key }).key, factsOf(client));
const address = { kind: "client-address" };
const header = { kind: "header", name: "X-Key" };
const cookie = { kind: "cookie", name: "id" };

describe("a key", () => {
  it.each([
    ["an address", [address], {}, "203.0.113.9"],
    [
      "a country and a network",
      [{ kind: "country" }, { kind: "asn" }],
      { place: { country: "DE", asn: 3320 } },
      "DE|3320",
    ],
    ["what is not known", [{ kind: "country" }, { kind: "asn" }, header, cookie], {}, "-|-|-|-"],
    ["no such cookie", [cookie], { headers: { cookie: "xid=1; ids=2; =3; id" } }, "-"],
  ])("%s", (_, key, client, expected) => {
    expect(keyOf(key, client)).toBe(expected);
  });

  it("does not show what a client keeps secret, and is short whatever it sends", () => {
    const long = keyOf([header, cookie, address], {
      headers: { "x-key": "secret".repeat(1000), cookie: `id=${"x".repeat(4000)}` },
    });
    expect(long.length).toBeLessThan(100);
    expect(long).not.toContain("secret");
  });

  it("tells values apart, and the same from nothing else", () => {
    const values = ["", "-", "a", "b", "aa", "a|b", "é"];
    const keys = values.map((value) => keyOf([header], { headers: { "x-key": value } }));
    expect(new Set([...keys, keyOf([header], {})]).size).toBe(values.length + 1);
    expect(keyOf([cookie], { headers: { cookie: "a=1; id=7; id=8" } })).toBe(
      keyOf([cookie], { headers: { cookie: "id=7" } }),
    );
  });
});

describe("whom a policy is for", () => {
  it.each([
    ["/", "/x", true],
    ["/api", "/api", true],
    ["/api", "/api/x", true],
    ["/api", "/apix", false],
    ["/api/", "/api", false],
    ["/api/", "/api/x", true],
  ])("prefix %s, path %s: %s", (pathPrefix, path, matches) => {
    expect(isLimitedBy(rules({ pathPrefix }), factsOf({ path }))).toBe(matches);
  });

  it("only those methods", () => {
    expect(isLimitedBy(rules({ methods: ["POST"] }), factsOf({}))).toBe(false);
    expect(isLimitedBy(rules({ methods: ["GET", "POST"] }), factsOf({}))).toBe(true);
  });
});

describe("a network", () => {
  const hash = (text: string) => networkHash(parseIp(text) as Ip, 5);
  it.each([
    ["203.0.113.9", "203.0.113.200", true],
    ["203.0.113.9", "203.0.114.9", false],
    ["2001:db8:1:2::1", "2001:db8:1:ffff::9", true],
    ["2001:db8:1:2::1", "2001:db8:2:2::1", false],
    ["::ffff:203.0.113.9", "203.0.113.1", true],
  ])("%s and %s: %s", (a, b, same) => {
    expect(hash(a) === hash(b)).toBe(same);
  });
});
