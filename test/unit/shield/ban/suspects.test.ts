import { describe, expect, it } from "vitest";
import { suspectsOf } from "../../../../src/shield/ban/suspects.ts";

const nobody = () => false;
const culprit = (client: string, perSecond: number, usualPerSecond = 0) => ({ client, perSecond, usualPerSecond });
const found = (culprits: ReturnType<typeof culprit>[], isSpared: (cidr: { text: string }) => boolean = nobody) =>
  suspectsOf({ expected: 100, actual: 1100, culprits }, isSpared).map(({ cidr, clients }) => [cidr.text, clients]);

describe("who explains a flood", () => {
  it("is a client with a share of the excess, far above what it usually has", () => {
    expect(found([culprit("192.0.2.7", 900), culprit("2001:db8::/64", 100, 1)])).toEqual([
      ["192.0.2.7/32", 1],
      ["2001:db8::/64", 1],
    ]);
  });

  it.each([
    ["has always had as much", culprit("192.0.2.7", 300, 40)],
    ["explains less than one percent", culprit("192.0.2.7", 9)],
    ["is no address", culprit("nobody", 900)],
    ["is a prefix", culprit("192.0.2.0/24", 900)],
    ["is wider than a client", culprit("2001:db8::/48", 900)],
    ["is no client", culprit("2001:db8::1", 900)],
  ])("is not one that %s", (_, one) => {
    expect(found([one])).toEqual([]);
  });

  it("is nobody where there is no more than expected", () => {
    expect(suspectsOf({ expected: 100, actual: 100, culprits: [culprit("192.0.2.7", 90)] }, nobody)).toEqual([]);
  });

  it("is a prefix where many of it take part", () => {
    const many = [1, 2, 3, 4, 5, 6].map((i) => culprit(`192.0.2.${i}`, 15));
    expect(found(many)).toEqual([["192.0.2.0/24", 6]]);
    const v6 = [1, 2, 3, 4, 5].map((i) => culprit(`2001:db8:1:${i}::/64`, 15));
    expect(found(v6)).toEqual([["2001:db8:1::/48", 5]]);
  });

  it("is no prefix where few of it take part, or one of it twice", () => {
    const few = [1, 2, 3, 4].map((i) => culprit(`192.0.2.${i}`, 15));
    expect(found(few)).toEqual([]);
    expect(found([...few, culprit("192.0.2.4", 15)])).toEqual([]);
  });

  it("is each client of a prefix that is spared", () => {
    const many = [1, 2, 3, 4, 5].map((i) => culprit(`192.0.2.${i}`, 100));
    const expected = [1, 2, 3, 4, 5].map((i) => [`192.0.2.${i}/32`, 1]);
    expect(found(many, ({ text }) => text.endsWith("/24"))).toEqual(expected);
  });
});
