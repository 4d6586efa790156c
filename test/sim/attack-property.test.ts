import fc from "fast-check";
import { expect, it } from "vitest";
import type { Attack, LoudClient } from "../../scripts/sim/attack.ts";
import { clients, SERVICES } from "../../scripts/sim/clients.ts";
import { FAULTS } from "../../scripts/sim/faults.ts";
import type { Scenario } from "../../scripts/sim/scenario.ts";
import { simulate } from "../../scripts/sim/simulate.ts";

const DURATION_MS = 20_000;
/** Requests a second of all that are loud: what a run can afford. */
const TOGETHER = 50;

const loudClients = (name: string, hosts: fc.Arbitrary<readonly string[]>): fc.Arbitrary<LoudClient[]> =>
  hosts.chain((addresses) =>
    fc.tuple(
      ...addresses.map((address, i) =>
        fc
          .record({ client: fc.constantFrom(...clients), way: fc.double({ min: 0, max: 0.99, noNaN: true }) })
          .map(({ client, way }) => ({
            client: { ...client, name: `${name}-${i}`, address },
            way,
            perSecond: TOGETHER / addresses.length,
          })),
      ),
    ),
  );

const hosts = (min: number, max: number, network: string) =>
  fc
    .uniqueArray(fc.integer({ min: 1, max: 254 }), { minLength: min, maxLength: max })
    .map((numbers) => numbers.map((number) => `${network}.${number}`));

/** Partners are the attackers' neighbours, or far from them. */
const attack: fc.Arbitrary<Attack> = fc
  .record({
    service: fc.constantFrom(...SERVICES),
    attackers: loudClients("attacker", hosts(1, 8, "198.51.100")),
    near: loudClients("near", hosts(0, 2, "198.51.100")),
    far: loudClients("far", hosts(0, 2, "192.0.2")),
    forges: fc.boolean(),
    startsAtMs: fc.integer({ min: 2500, max: 5000 }),
    lastsMs: fc.integer({ min: 2000, max: 8000 }),
  })
  .map(({ near, far, ...rest }) => {
    const taken = new Set(rest.attackers.map(({ client }) => client.address));
    const partners = [...near, ...far].filter(({ client }) => !taken.has(client.address));
    return { ...rest, partners, words: `${rest.attackers.length} addresses` };
  });

const scenario: fc.Arbitrary<Partial<Scenario>> = fc.record({
  attack,
  faults: fc.subarray([...FAULTS, "owners-cut"] as const),
  faultEveryMs: fc.integer({ min: 500, max: 4000 }),
  changeEveryMs: fc.integer({ min: 300, max: 2000 }),
  maxSkewMs: fc.integer({ min: 0, max: 1000 }),
});

it("whoever attacks, whatever fails: a banned address is never served, the allowlist is never banned, limits hold", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 100_000 }), scenario, async (seed, parts) => {
      const { violation } = await simulate({ seed, durationMs: DURATION_MS, scenario: parts });
      expect(violation).toBeNull();
    }),
    { numRuns: 25, seed: 20_301_101 },
  );
});
