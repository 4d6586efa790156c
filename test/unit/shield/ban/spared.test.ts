import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cidr, ipOfWords, maskIp, parseCidr } from "../../../../src/base/ip.ts";
import { sparedBy } from "./spared-lists.ts";

const cidr = (text: string): Cidr => {
  const read = parseCidr(text);
  if (!read.ok) throw new Error(read.error);
  return read.value;
};
const spared = (...entries: readonly string[]) => sparedBy({ allowlist: entries });

describe("the allowlist spares", () => {
  it.each([
    ["itself", "192.0.2.7/32", "192.0.2.7/32"],
    ["what lies in it", "192.0.2.0/24", "192.0.2.7/32"],
    ["what it lies in", "192.0.2.7/32", "192.0.2.0/24"],
    ["its last address", "192.0.2.255/32", "192.0.2.0/24"],
    ["a client of v6 by one address", "2001:db8::5/128", "2001:db8::/64"],
    ["everybody, where it holds all", "0.0.0.0/0", "192.0.2.7/32"],
    ["a part of a /48", "2001:db8:0:ffff::/64", "2001:db8::/48"],
  ])("%s", (_, entry, asked) => {
    expect(spared("10.0.0.0/8", entry, "2001:db9::/32").by(cidr(asked))).toEqual({ cidr: entry, bot: null });
  });

  it("alike with the bots, by name, and before them", () => {
    const both = sparedBy({ allowlist: ["192.0.2.0/28"], bots: ["192.0.2.0/24", "192.0.2.0/28"] });
    expect(both.by(cidr("192.0.2.99/32"))).toEqual({ cidr: "192.0.2.0/24", bot: "Googlebot" });
    expect(both.by(cidr("192.0.2.3/32"))).toEqual({ cidr: "192.0.2.0/28", bot: null });
  });

  it.each([
    ["a neighbour", "192.0.2.8/32", "192.0.2.7/32"],
    ["the next network", "192.0.3.0/32", "192.0.2.0/24"],
    ["the other family", "::/0", "192.0.2.7/32"],
    ["a v6 client by a v4 entry", "0.0.0.0/0", "2001:db8::/64"],
  ])("not %s", (_, entry, asked) => {
    expect(spared(entry).by(cidr(asked))).toBeNull();
  });

  /** Few addresses, so that networks meet. */
  const network = fc.oneof(
    fc.tuple(fc.nat(1023), fc.integer({ min: 22, max: 32 })).map(([word, prefix]) => {
      const ip = ipOfWords([(0x0a000000 | word) >>> 0]);
      return `${maskIp(ip, prefix).text}/${prefix}`;
    }),
    fc.tuple(fc.nat(255), fc.integer({ min: 120, max: 128 })).map(([word, prefix]) => {
      const ip = ipOfWords([0x20010db8, 0, 0, word]);
      return `${maskIp(ip, prefix).text}/${prefix}`;
    }),
  );
  const meet = (a: Cidr, b: Cidr) => {
    const prefix = Math.min(a.prefix, b.prefix);
    return a.ip.family === b.ip.family && maskIp(a.ip, prefix).text === maskIp(b.ip, prefix).text;
  };

  it("just what meets one of its entries", () => {
    fc.assert(
      fc.property(fc.uniqueArray(network, { maxLength: 12 }), network, (entries, asked) => {
        const expected = entries.some((entry) => meet(cidr(entry), cidr(asked)));
        expect(spared(...entries).by(cidr(asked)) !== null).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});
