import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cidr, type Ip, maskIp, parseIp } from "../../../src/base/ip.ts";
import { columnsOf, type Entry } from "../../../src/base/network-columns.ts";
import { NetworkSet } from "../../../src/base/network-set.ts";
import { atOnce } from "../../../src/base/sliced.ts";
import { addresses, cidr, cidrs } from "./networks.ts";

const NOW = 1000;
const ENDED = NOW;
const LIVE = NOW + 1;

function setOf(entries: Iterable<Entry>): NetworkSet {
  const set = atOnce(NetworkSet.of(columnsOf(entries)));
  if (!set) throw new Error("not in order");
  return set;
}
const always = (text: string): Entry => ({ cidr: cidr(text), endsAt: Number.POSITIVE_INFINITY });
function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** The twin: looks at every network and keeps the one with the longest prefix. */
function scan(networks: readonly Entry[], address: Ip): string | undefined {
  let best: Cidr | undefined;
  for (const { cidr, endsAt } of networks) {
    const { ip: first, prefix } = cidr;
    if (first.family !== address.family || maskIp(address, prefix).text !== first.text) continue;
    if (endsAt > NOW && (!best || prefix > best.prefix)) best = cidr;
  }
  return best?.text;
}

/** Each network once, as the keys of a map of rules are; some have ended. */
const networkLists = fc
  .uniqueArray(cidrs, { selector: ({ text }) => text, maxLength: 40 })
  .chain((list) =>
    fc.tuple(...list.map((each) => fc.constantFrom(ENDED, LIVE).map((endsAt): Entry => ({ cidr: each, endsAt })))),
  );

/** The first and last addresses of the networks, and those just outside, are where a border would be off by one. */
function edgesOf({ ip: first, prefix }: Cidr): Ip[] {
  const widest = first.family === 4 ? 32 : 128;
  const bits = (first.family === 4 ? [first.word] : first.words)
    .map((word) => word.toString(2).padStart(32, "0"))
    .join("");
  const low = BigInt(`0b${bits}`);
  const high = low | ((1n << BigInt(widest - prefix)) - 1n);
  const end = (1n << BigInt(widest)) - 1n;
  return [low - 1n, low, high, high + 1n]
    .filter((value) => value >= 0n && value <= end)
    .map((value) => fromBits(value, widest));
}

function fromBits(value: bigint, widest: number): Ip {
  const step = widest === 32 ? 8 : 16;
  const parts = Array.from({ length: widest / step }, (_, i) =>
    Number((value >> BigInt(widest - step * (i + 1))) & ((1n << BigInt(step)) - 1n)),
  );
  return ip(widest === 32 ? parts.join(".") : parts.map((part) => part.toString(16)).join(":"));
}

describe("a set of networks", () => {
  it("finds what a scan of all networks finds, at random addresses and at every border", () => {
    fc.assert(
      fc.property(networkLists, fc.array(addresses, { minLength: 1, maxLength: 10 }), (networks, probes) => {
        const set = setOf(networks);
        for (const address of [...probes, ...networks.flatMap((network) => edgesOf(network.cidr))])
          expect(set.find(address, NOW)?.cidr).toBe(scan(networks, address));
      }),
      { numRuns: 300 },
    );
  });

  const everything = ["0.0.0.0/0", "::/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "255.255.255.255/32"];
  const more = ["2001:db8::/32", "2001:db8::/64", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"];
  const set = setOf([...everything, ...more].map(always));
  it.each([
    ["10.1.2.3", "10.1.2.3/32"],
    ["10.1.2.4", "10.1.0.0/16"],
    ["10.2.0.0", "10.0.0.0/8"],
    ["11.0.0.0", "0.0.0.0/0"],
    ["9.255.255.255", "0.0.0.0/0"],
    ["0.0.0.0", "0.0.0.0/0"],
    ["255.255.255.254", "0.0.0.0/0"],
    ["255.255.255.255", "255.255.255.255/32"],
    ["::ffff:10.1.2.3", "10.1.2.3/32"],
    ["::", "::/0"],
    ["2001:db8::1", "2001:db8::/64"],
    ["2001:db8:0:1::", "2001:db8::/32"],
    ["2001:db9::", "::/0"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "::/0"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"],
  ])("%s is in %s", (address, network) => {
    expect(set.find(ip(address), NOW)).toEqual({ cidr: network, endsAt: Number.POSITIVE_INFINITY });
  });

  it("one that has ended falls through to the next wider one", () => {
    const ends = (text: string, endsAt: number): Entry => ({ cidr: cidr(text), endsAt });
    const nested = setOf([ends("10.1.2.3/32", 10), ends("10.1.0.0/16", 20), ends("10.0.0.0/8", 15)]);
    const at = (now: number) => nested.find(ip("10.1.2.3"), now)?.cidr;
    expect([9, 10, 19, 20].map(at)).toEqual(["10.1.2.3/32", "10.1.0.0/16", "10.1.0.0/16", undefined]);
  });

  it("the families do not mix: ::/0 holds no v4 address, nor 0.0.0.0/0 a v6 one", () => {
    expect(setOf([always("::/0")]).find(ip("1.2.3.4"), NOW)).toBeUndefined();
    expect(setOf([always("0.0.0.0/0")]).find(ip("::1"), NOW)).toBeUndefined();
  });

  it("an empty set holds nothing", () => {
    expect(setOf([]).size).toBe(0);
    expect(setOf([]).find(ip("1.2.3.4"), NOW)).toBeUndefined();
    expect(setOf([]).find(ip("::1"), NOW)).toBeUndefined();
  });
});
