import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holds, parseCidr, parseIp } from "../../../../src/base/ip.ts";
import { nowhere } from "../../../../src/geo/place.ts";
import { type Facts, readFacts } from "../../../../src/request/facts.ts";
import { compileSignatures, findSignature } from "../../../../src/shield/defence/signature.ts";
import { TraitReader, traitSource } from "../../../../src/shield/traits.ts";
import type { Signature, SignatureMatch } from "../../../../src/table/defence.ts";

const traitsOf = (facts: Facts) => new TraitReader().read(traitSource(facts));

interface Sent {
  readonly client?: string;
  readonly path?: string;
  readonly method?: string;
  readonly agent?: string;
  readonly country?: string;
  readonly asn?: number;
}

function factsOf({ client = "203.0.113.9", path = "/", method = "GET", agent, country, asn }: Sent): Facts {
  const headers = new Headers({ "cf-connecting-ip": client, ...(agent === undefined ? {} : { "user-agent": agent }) });
  const facts = readFacts(
    { method, url: `http://h${path}`, headers, cf: { country, asn } },
    { requestId: "0".repeat(32), countryByIp: () => null },
  );
  if (facts.kind !== "facts") throw new Error(facts.kind);
  return facts;
}

const found = (matches: readonly SignatureMatch[], sent: Sent): number | null =>
  findSignature(compileSignatures(matches.map((match): Signature => ({ match, perSecond: 1 }))), factsOf(sent), "block")
    ?.index ?? null;

const curl = "curl/8.5.0";

describe("a signature", () => {
  it.each<[string, SignatureMatch, Sent, boolean]>([
    ["that asks nothing holds for all", {}, {}, true],
    ["by v4 prefix", { prefix: "203.0.113.0/24" }, {}, true],
    ["by another v4 prefix", { prefix: "203.0.112.0/24" }, {}, false],
    ["by the prefix of everybody", { prefix: "0.0.0.0/0" }, {}, true],
    ["by v4 prefix, of a v4-mapped client", { prefix: "203.0.113.0/24" }, { client: "::ffff:203.0.113.9" }, true],
    ["by v6 prefix", { prefix: "2001:db8:5::/48" }, { client: "2001:db8:5:1::7" }, true],
    ["by another v6 prefix", { prefix: "2001:db8:5::/48" }, { client: "2001:db8:6::7" }, false],
    ["by all of v6, of a v4 client", { prefix: "::/0" }, {}, false],
    ["by all of v4, of a v6 client", { prefix: "0.0.0.0/0" }, { client: "2001:db8::1" }, false],
    ["by network", { asn: 64_500 }, { asn: 64_500 }, true],
    ["by another network", { asn: 64_500 }, { asn: 64_501 }, false],
    ["by a network that is not known", { asn: 0 }, {}, true],
    ["by country", { country: "BR" }, { country: "BR" }, true],
    ["by a country that is not known", { country: "?" }, { country: "T1" }, true],
    ["by path class", { pathClass: "/items/:id" }, { path: "/items/8123?x=1" }, true],
    ["by another path class", { pathClass: "/items/:id" }, { path: "/items" }, false],
    ["by method", { method: "POST" }, { method: "POST" }, true],
    ["by another method", { method: "POST" }, {}, false],
    ["by agent", { agentFamily: "curl" }, { agent: curl }, true],
    ["by no agent", { agentFamily: "none" }, {}, true],
    ["of which one field is another", { method: "GET", agentFamily: "curl", country: "DE" }, { agent: curl }, false],
    [
      "of which all fields hold",
      { method: "GET", agentFamily: "curl", country: "DE" },
      { agent: curl, country: "DE" },
      true,
    ],
  ])("%s", (_, match, sent, holds) => {
    expect(found([match], sent)).toBe(holds ? 0 : null);
  });

  it("is the first that holds, by its place in the defence", () => {
    const matches = [{ method: "POST" }, { agentFamily: "curl" }, {}];
    expect(found(matches, { agent: curl })).toBe(1);
    expect(found(matches, {})).toBe(2);
  });

  it("with a prefix that is none holds for nobody", () => {
    expect(found([{ prefix: "203.0.113.9/8" }, { method: "POST" }], {})).toBe(null);
    expect(found([{ prefix: "203.0.113.9/8" }, {}], {})).toBe(1);
  });

  it("made of a request's own traits holds for it, and not once one of them differs", () => {
    const sent = fc.record({
      client: fc.constantFrom("203.0.113.9", "::ffff:203.0.113.9", "2001:db8:5:1::7"),
      path: fc
        .array(fc.constantFrom("a", "items", "42", "%61", "x;y", ""), { maxLength: 6 })
        .map((path) => `/${path.join("/")}`),
      method: fc.constantFrom("GET", "POST", "PROPFIND"),
      agent: fc.constantFrom(curl, "Mozilla/5.0 Firefox/130.0", "okhttp/4", "x"),
      country: fc.constantFrom("DE", "BR", "XX"),
      asn: fc.constantFrom(0, 64_500, 64_501),
    });
    fc.assert(
      fc.property(sent, fc.constantFrom("asn", "country", "method", "pathClass", "agentFamily"), (request, other) => {
        const { client: _, ...traits } = traitsOf(factsOf(request));
        expect(found([traits], request)).toBe(0);
        const differs = other === "asn" ? { asn: traits.asn + 1 } : { [other]: `${traits[other]}x` };
        expect(found([{ ...traits, ...differs }], request)).toBe(null);
      }),
    );
  });
});

describe("a network", () => {
  it("holds an address as the first bits of both say", () => {
    const bits = (text: string): string => {
      const ip = parseIp(text);
      if (!ip) throw new Error(text);
      const words = ip.family === 4 ? [ip.word] : ip.words;
      return ip.family + words.map((word) => word.toString(2).padStart(32, "0")).join("");
    };
    const near = fc.constantFrom("10.0.0.1", "10.0.0.2", "10.1.0.0", "::", "::1", "2001:db8::1", "2001:db8:0:1::");
    fc.assert(
      fc.property(near, near, fc.nat(128), (network, address, wished) => {
        const prefix = Math.min(wished, network.includes(":") ? 128 : 32);
        const masked = parseCidr(`${network}/${prefix}`);
        const text = masked.ok ? masked.value.text : /network is (.+)$/.exec(masked.error)?.[1];
        const cidr = parseCidr(text ?? "");
        const ip = parseIp(address);
        if (!cidr.ok || !ip) throw new Error("no network");
        expect(holds(cidr.value, ip)).toBe(bits(network).slice(0, prefix + 1) === bits(address).slice(0, prefix + 1));
      }),
    );
  });
});

it("nowhere is a place whose traits are unknown", () => {
  expect(traitsOf({ ...factsOf({}), place: nowhere })).toMatchObject({ country: "?", asn: 0 });
});
