import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cidr, parseCidr } from "../../../../src/base/ip.ts";
import {
  GOOD_OVER_MS,
  GoodClients,
  KNOWN_FOR_MS,
  LEAST_GOOD_OVER_MS,
  MAX_GOOD,
  MAX_NEW,
} from "../../../../src/shield/ban/good-clients.ts";

const NOW = 1e12;
const cidr = (text: string): Cidr => {
  const read = parseCidr(text);
  if (!read.ok) throw new Error(read.error);
  return read.value;
};
const address = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;

function known(count: number, seed = 7): GoodClients {
  const clients = new GoodClients(seed, NOW);
  for (let i = 0; i < count; i++) {
    clients.sight(address(i), NOW - LEAST_GOOD_OVER_MS, NOW);
    clients.sight(address(i), NOW, NOW);
  }
  return clients;
}

describe("good clients", () => {
  it("are those that were seen over ten minutes, when there has been no more time", () => {
    const clients = new GoodClients(1, NOW);
    clients.sight("192.0.2.1", NOW, NOW);
    clients.sight("192.0.2.1", NOW + LEAST_GOOD_OVER_MS - 1, NOW + LEAST_GOOD_OVER_MS);
    expect(clients.known).toBe(0);
    expect(clients.sight("192.0.2.1", NOW + LEAST_GOOD_OVER_MS, NOW + LEAST_GOOD_OVER_MS)).toMatchObject({
      first: NOW,
    });
    expect(clients.known).toBe(1);
    expect(clients.touchedBy(cidr("192.0.2.1/32"))).toBe(1);
    expect(clients.touchedBy(cidr("192.0.2.0/24"))).toBe(1);
    expect(clients.touchedBy(cidr("192.0.0.0/16"))).toBe(1);
    expect(clients.touchedBy(cidr("192.0.2.2/32"))).toBe(0);
  });

  it.each([
    ["half an hour in its first hour", 3_600_000, 1_800_000],
    ["six hours in its first twelve", 43_200_000, 21_600_000],
    ["a day from its second day on", 30 * 86_400_000, GOOD_OVER_MS],
  ])("are, in an older sample, those that were seen over %s", (_, age, over) => {
    const seenOver = (ms: number) => {
      const clients = new GoodClients(1, NOW - age);
      clients.sight("192.0.2.1", NOW - ms, NOW);
      clients.sight("192.0.2.1", NOW, NOW);
      return clients.known;
    };
    expect([seenOver(over - 1), seenOver(over)]).toEqual([0, 1]);
  });

  it("stay good whenever they are seen again", () => {
    const clients = new GoodClients(1, NOW);
    for (let hour = 0; hour < 60; hour++) {
      const now = NOW + hour * 3_600_000;
      clients.sight("192.0.2.1", now, now);
      expect(clients.known).toBe(hour === 0 ? 0 : 1);
    }
  });

  it("are not what is no client, nor those seen long ago, nor those of the future", () => {
    const clients = new GoodClients(1, NOW);
    clients.sight("nobody", NOW - LEAST_GOOD_OVER_MS, NOW);
    clients.sight("nobody", NOW, NOW);
    clients.sight("192.0.2.1", NOW - KNOWN_FOR_MS - 1, NOW);
    clients.sight("192.0.2.1", NOW, NOW);
    clients.sight("192.0.2.2", NOW, NOW);
    clients.sight("192.0.2.2", NOW + LEAST_GOOD_OVER_MS, NOW);
    clients.sight("192.0.2.3", Number.NaN, NOW);
    expect(clients.known).toBe(0);
  });

  it("are forgotten after a week, and not by a clock that was set back", () => {
    const clients = known(10);
    const knownAt = (now: number) => {
      clients.forget(now);
      return clients.known;
    };
    const times = [NOW - 30 * 86_400_000, NOW + KNOWN_FOR_MS, NOW + KNOWN_FOR_MS + 1];
    expect(times.map(knownAt)).toEqual([10, 10, 0]);
  });

  it("have to be seen anew where they are struck", () => {
    const clients = known(300);
    expect(clients.strike(cidr("10.0.0.0/24"))).toHaveLength(256);
    expect(clients.known).toBe(44);
    clients.sight(address(1), NOW + 1, NOW + 1);
    expect(clients.known).toBe(44);
  });

  it("may be touched one at a time where few are known, and one in a thousand where many are", () => {
    expect(new GoodClients(1, NOW).mayTouch).toBe(1);
    expect(known(50).mayTouch).toBe(1);
    expect(known(3000).mayTouch).toBe(3);
  });

  it.each([
    [0, 0],
    [0.01, 1],
    [1, 3],
    [100, 300],
  ])("may be touched by %d %% where a deployment says so", (percent, expected) => {
    const kept = Array.from({ length: 300 }, (_, i) => ({ client: address(i), first: NOW - GOOD_OVER_MS, last: NOW }));
    expect(new GoodClients(1, NOW - KNOWN_FOR_MS, kept, percent).mayTouch).toBe(expected);
  });

  it("are a sample of fixed size, from which their number is told", () => {
    const clients = known(20_000);
    expect(Math.abs(clients.known / 20_000 - 1)).toBeLessThan(0.06);
    const touched = clients.touchedBy(cidr("10.0.16.0/20"));
    expect(Math.abs(touched / 4096 - 1)).toBeLessThan(0.15);
  });

  it("do not take more room when a million strangers come by", () => {
    const clients = known(1000);
    for (let i = 0; i < 2 * MAX_NEW; i++) clients.sight(address(1_000_000 + i), NOW, NOW);
    expect(clients.known).toBe(1000);
  });

  it("are the same whatever the order, and however often they are seen", () => {
    const sights = fc.array(fc.tuple(fc.nat(40), fc.nat(2 * LEAST_GOOD_OVER_MS)), { maxLength: 120 });
    fc.assert(
      fc.property(sights, fc.infiniteStream(fc.nat()), (seen, order) => {
        const shuffled = [...seen, ...seen]
          .map((each) => [order.next().value as number, each] as const)
          .sort(([a], [b]) => a - b)
          .map(([, each]) => each);
        const [one, other] = [seen, shuffled].map((sightings) => {
          const clients = new GoodClients(3, NOW);
          for (const [i, age] of sightings) clients.sight(address(i), NOW - age, NOW);
          return clients;
        });
        expect(other?.known).toBe(one?.known);
        for (let i = 0; i <= 40; i++)
          expect(other?.touchedBy(cidr(`${address(i)}/32`))).toBe(one?.touchedBy(cidr(`${address(i)}/32`)));
      }),
    );
  });

  it("outlive a restart", () => {
    const kept = new Map<string, { client: string; first: number; last: number }>();
    const clients = new GoodClients(7, NOW);
    for (let i = 0; i < MAX_GOOD + 500; i++) {
      for (const at of [NOW - LEAST_GOOD_OVER_MS, NOW]) {
        const seen = clients.sight(address(i), at, NOW);
        if (seen) kept.set(seen.client, seen);
      }
    }
    const restarted = new GoodClients(7, NOW, kept.values());
    expect(Math.abs(restarted.known / clients.known - 1)).toBeLessThan(0.01);
  });
});
