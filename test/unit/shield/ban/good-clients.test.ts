import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cidr, parseCidr } from "../../../../src/base/ip.ts";
import {
  GOOD_AFTER_MS,
  GoodClients,
  KNOWN_FOR_MS,
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
  const clients = new GoodClients(seed);
  for (let i = 0; i < count; i++) {
    clients.sight(address(i), NOW - GOOD_AFTER_MS, NOW);
    clients.sight(address(i), NOW, NOW);
  }
  return clients;
}

describe("good clients", () => {
  it("are those that were seen over ten minutes", () => {
    const clients = new GoodClients(1);
    expect(clients.sight("192.0.2.1", NOW, NOW)).toBeNull();
    expect(clients.sight("192.0.2.1", NOW + GOOD_AFTER_MS - 1, NOW + GOOD_AFTER_MS)).toBeNull();
    expect(clients.known).toBe(0);
    expect(clients.sight("192.0.2.1", NOW + GOOD_AFTER_MS, NOW + GOOD_AFTER_MS)).toMatchObject({ first: NOW });
    expect(clients.known).toBe(1);
    expect(clients.touchedBy(cidr("192.0.2.1/32"))).toBe(1);
    expect(clients.touchedBy(cidr("192.0.2.0/24"))).toBe(1);
    expect(clients.touchedBy(cidr("192.0.0.0/16"))).toBe(1);
    expect(clients.touchedBy(cidr("192.0.2.2/32"))).toBe(0);
  });

  it("are not what is no client, nor those seen long ago, nor those of the future", () => {
    const clients = new GoodClients(1);
    clients.sight("nobody", NOW - GOOD_AFTER_MS, NOW);
    clients.sight("nobody", NOW, NOW);
    clients.sight("192.0.2.1", NOW - KNOWN_FOR_MS - 1, NOW);
    clients.sight("192.0.2.1", NOW, NOW);
    clients.sight("192.0.2.2", NOW, NOW);
    clients.sight("192.0.2.2", NOW + GOOD_AFTER_MS, NOW);
    clients.sight("192.0.2.3", Number.NaN, NOW);
    expect(clients.known).toBe(0);
  });

  it("are forgotten after a week, and not by a clock that was set back", () => {
    const clients = known(10);
    expect(clients.forget(NOW - 30 * 86_400_000)).toEqual([]);
    expect(clients.forget(NOW + KNOWN_FOR_MS)).toEqual([]);
    expect(clients.forget(NOW + KNOWN_FOR_MS + 1)).toHaveLength(10);
    expect(clients.known).toBe(0);
  });

  it("have to be seen anew after they were banned", () => {
    const clients = known(300);
    expect(clients.strike(cidr("10.0.0.0/24"))).toHaveLength(256);
    expect(clients.known).toBe(44);
    clients.sight(address(1), NOW + 1, NOW + 1);
    expect(clients.known).toBe(44);
  });

  it("may be touched one at a time where few are known, and one in a thousand where many are", () => {
    expect(new GoodClients(1).mayTouch).toBe(1);
    expect(known(50).mayTouch).toBe(1);
    expect(known(3000).mayTouch).toBe(3);
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
    const sights = fc.array(fc.tuple(fc.nat(40), fc.nat(2 * GOOD_AFTER_MS)), { maxLength: 120 });
    fc.assert(
      fc.property(sights, fc.infiniteStream(fc.nat()), (seen, order) => {
        const shuffled = [...seen, ...seen]
          .map((each) => [order.next().value as number, each] as const)
          .sort(([a], [b]) => a - b)
          .map(([, each]) => each);
        const [one, other] = [seen, shuffled].map((sightings) => {
          const clients = new GoodClients(3);
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
    const clients = new GoodClients(7);
    for (let i = 0; i < MAX_GOOD + 500; i++) {
      clients.sight(address(i), NOW - GOOD_AFTER_MS, NOW);
      const good = clients.sight(address(i), NOW, NOW);
      if (good) kept.set(good.client, good);
    }
    const restarted = new GoodClients(7, kept.values());
    expect(Math.abs(restarted.known / clients.known - 1)).toBeLessThan(0.01);
  });
});
