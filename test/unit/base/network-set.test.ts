import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cidr, type Ip, maskIp, parseCidr, parseIp } from "../../../src/base/ip.ts";
import { type Network, NetworkSet } from "../../../src/base/network-set.ts";

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}
function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (!parsed) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** The twin: looks at every network and keeps the one with the longest prefix. */
function scan<T>(networks: readonly Network<T>[], address: Ip, accept: (value: T) => boolean): Network<T> | undefined {
  let best: Network<T> | undefined;
  for (const network of networks) {
    const { ip: first, prefix } = network.cidr;
    if (first.family !== address.family || maskIp(address, prefix).text !== first.text) continue;
    if (accept(network.value) && (!best || prefix > best.cidr.prefix)) best = network;
  }
  return best;
}

/** Few distinct groups, so that random networks nest, touch, and share their borders. */
const groups = fc.constantFrom(0, 0, 1, 0x7fff, 0x8000, 0xfffe, 0xffff);
const v6Addresses = fc
  .array(groups, { minLength: 8, maxLength: 8 })
  .map((parts) => ip(parts.map((part) => part.toString(16)).join(":")));
const bytes = fc.constantFrom(0, 0, 1, 127, 128, 254, 255);
const v4Addresses = fc.array(bytes, { minLength: 4, maxLength: 4 }).map((parts) => ip(parts.join(".")));
const addresses = fc.oneof(v4Addresses, v6Addresses);
const cidrs = fc.tuple(addresses, fc.integer({ min: 0, max: 128 })).map(([address, length]) => {
  const prefix = address.family === 4 ? length % 33 : length;
  return cidr(`${maskIp(address, prefix).text}/${prefix}`);
});
/** Each network once, as the keys of a map of rules are; the value says which are expired. */
const networkLists = fc
  .uniqueArray(cidrs, { selector: ({ text }) => text, maxLength: 40 })
  .chain((list) =>
    fc.tuple(...list.map((each) => fc.boolean().map((live): Network<boolean> => ({ cidr: each, value: live })))),
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
        const set = new NetworkSet(networks);
        for (const address of [...probes, ...networks.flatMap((network) => edgesOf(network.cidr))]) {
          for (const accept of [() => true, (live: boolean) => live]) {
            expect(set.find(address, accept)?.cidr.text).toBe(scan(networks, address, accept)?.cidr.text);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  const everything = ["0.0.0.0/0", "::/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "255.255.255.255/32"];
  const more = ["2001:db8::/32", "2001:db8::/64", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"];
  const set = new NetworkSet([...everything, ...more].map((text) => ({ cidr: cidr(text), value: text })));
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
    expect(set.find(ip(address), () => true)?.value).toBe(network);
  });

  it("an entry that does not pass falls through to the next wider one", () => {
    const not = (...refused: string[]) => set.find(ip("10.1.2.3"), (value) => !refused.includes(value))?.value;
    expect(not("10.1.2.3/32")).toBe("10.1.0.0/16");
    expect(not("10.1.2.3/32", "10.1.0.0/16")).toBe("10.0.0.0/8");
    expect(not("10.1.0.0/16")).toBe("10.1.2.3/32");
    expect(set.find(ip("10.1.2.3"), () => false)).toBeUndefined();
  });

  it("the families do not mix: ::/0 holds no v4 address, nor 0.0.0.0/0 a v6 one", () => {
    const only = (text: string) => new NetworkSet([{ cidr: cidr(text), value: null }]);
    expect(only("::/0").find(ip("1.2.3.4"), () => true)).toBeUndefined();
    expect(only("0.0.0.0/0").find(ip("::1"), () => true)).toBeUndefined();
  });

  it("an empty set holds nothing", () => {
    expect(new NetworkSet([]).size).toBe(0);
    expect(new NetworkSet([]).find(ip("1.2.3.4"), () => true)).toBeUndefined();
    expect(new NetworkSet([]).find(ip("::1"), () => true)).toBeUndefined();
  });
});
