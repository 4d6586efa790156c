import { describe, expect, it } from "vitest";
import { suspectsOf } from "../../../../src/shield/ban/suspects.ts";
import { SUSPECT_FOR_MS, Suspicions } from "../../../../src/shield/ban/suspicions.ts";

const nobody = () => false;
const strangers = { isSpared: nobody, holdsGood: nobody, isAlike: nobody };
const culprit = (client: string, perSecond: number, usualPerSecond = 0) => ({ client, perSecond, usualPerSecond });
const found = (culprits: ReturnType<typeof culprit>[], known: Partial<Parameters<typeof suspectsOf>[1]> = {}) =>
  suspectsOf({ expected: 100, actual: 1100, culprits }, { ...strangers, ...known }).map(({ cidr, clients }) => [
    cidr.text,
    clients,
  ]);
const isNetwork = ({ text }: { readonly text: string }) => /\/(24|48)$/.test(text);

describe("who explains a flood", () => {
  it("is a client with a share of the excess, far above what it usually has", () => {
    expect(found([culprit("192.0.2.7", 900), culprit("2001:db8::/64", 111, 1)])).toEqual([
      ["192.0.2.7/32", 1],
      ["2001:db8::/64", 1],
    ]);
  });

  it.each([
    ["has always had as much", culprit("192.0.2.7", 300, 40)],
    ["has little", culprit("192.0.2.7", 19)],
    ["explains less than a tenth", culprit("192.0.2.7", 99)],
    ["is no address", culprit("nobody", 900)],
    ["is a prefix", culprit("192.0.2.0/24", 900)],
    ["is wider than a client", culprit("2001:db8::/48", 900)],
    ["is no client", culprit("2001:db8::1", 900)],
  ])("is not one that %s", (_, one) => {
    expect(found([one])).toEqual([]);
  });

  it("is nobody where there is no more than expected", () => {
    expect(suspectsOf({ expected: 100, actual: 100, culprits: [culprit("192.0.2.7", 90)] }, strangers)).toEqual([]);
  });

  it("is a prefix where many of it take part", () => {
    const many = [1, 2, 3, 4, 5, 6].map((i) => culprit(`192.0.2.${i}`, 25));
    expect(found(many)).toEqual([["192.0.2.0/24", 6]]);
    const v6 = [1, 2, 3, 4, 5].map((i) => culprit(`2001:db8:1:${i}::/64`, 25));
    expect(found(v6)).toEqual([["2001:db8:1::/48", 5]]);
  });

  it("is no prefix where few of it take part, or one of it twice", () => {
    const few = [1, 2, 3, 4].map((i) => culprit(`192.0.2.${i}`, 30));
    expect(found(few)).toEqual([]);
    expect(found([...few, culprit("192.0.2.4", 30)])).toEqual([]);
  });

  it.each([
    ["that is spared", { isSpared: isNetwork }],
    ["that holds good clients", { holdsGood: isNetwork }],
  ])("is each client of a prefix %s, however little one explains alone, and nobody else of it", (_, known) => {
    const many = [1, 2, 3, 4, 5].map((i) => culprit(`192.0.2.${i}`, 22));
    const good = [6, 7, 8].map((i) => culprit(`192.0.2.${i}`, 19));
    const expected = [1, 2, 3, 4, 5].map((i) => [`192.0.2.${i}/32`, 1]);
    expect(found([...many, ...good], known)).toEqual(expected);
    expect(found([...many, ...good])).toEqual([["192.0.2.0/24", 5]]);
  });
});

it("is one of a botnet by a signature, only with many requests", () => {
  const seen = { expected: 100, actual: 5100, culprits: [culprit("192.0.2.7", 25), culprit("192.0.2.8", 15)] };
  expect(suspectsOf(seen, { ...strangers, isAlike: () => true }).map(({ cidr }) => cidr.text)).toEqual([
    "192.0.2.7/32",
  ]);
  expect(suspectsOf(seen, strangers)).toEqual([]);
});

describe("a suspicion", () => {
  /** The mean of three seconds of `requests` in the second 0, as reports have it; who is charged, by second. */
  function follow(requests: (second: number) => number, clients: readonly string[], seconds = 20) {
    const suspicions = new Suspicions();
    const charged = new Map<number, string[]>();
    for (let second = 0; second < seconds; second++) {
      const perSecond = (requests(second) + requests(second - 1) + requests(second - 2)) / 3;
      const culprits = clients.map((client) => culprit(client, perSecond));
      const suspects = suspectsOf({ expected: 100, actual: 400, culprits }, { ...strangers, isAlike: () => true });
      const lasting = suspicions.take(suspects, 1e12 + second * 1000);
      if (lasting.length > 0)
        charged.set(
          second,
          lasting.map(({ cidr }) => cidr.text),
        );
    }
    return charged;
  }
  const office = [1, 2, 3, 4, 5].map((i) => `192.0.2.${i}`);

  it("of who loads a page of 60 parts in 3 s, or 300 in one, leads to nothing; nor does that of an office of five", () => {
    for (const clients of [["192.0.2.7"], office]) {
      expect(follow((second) => (second >= 0 && second < 3 ? 20 : 0), clients).size).toBe(0);
      expect(follow((second) => (second === 0 ? 300 : 0), clients).size).toBe(0);
      expect(follow((second) => (second % 10 === 0 ? 60 : 0), clients, 60).size).toBe(0);
    }
  });

  it("of who goes on is a charge after five seconds", () => {
    expect([...follow((second) => (second >= 0 ? 90 : 0), ["192.0.2.7"])][0]).toEqual([5, ["192.0.2.7/32"]]);
    expect([...follow((second) => (second >= 0 ? 90 : 0), office)][0]).toEqual([5, ["192.0.2.0/24"]]);
  });

  it("begins anew after a gap in the reports, and by a clock that was set back; a report twice counts once", () => {
    const suspects = suspectsOf({ expected: 1, actual: 900, culprits: [culprit("192.0.2.7", 900)] }, strangers);
    const suspicions = new Suspicions();
    const take = (at: number) => suspicions.take(suspects, 1e12 + at).length;
    expect([0, SUSPECT_FOR_MS, 5000, 5000, 7000, 2000, 5000, 6999, 7000].map(take)).toEqual([
      0, 0, 0, 0, 0, 0, 0, 0, 1,
    ]);
  });
});
