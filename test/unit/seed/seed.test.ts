import { describe, expect, it } from "vitest";
import { seedRegions, seedRoundTripsMs } from "../../../src/seed/regions.ts";
import { seedTable } from "../../../src/seed/seed.ts";
import { plan } from "../../../src/table/plan.ts";
import { emptyTable } from "../../../src/table/table.ts";
import { seed, seeded } from "../table/tables.ts";

const ids = Object.keys(seedRegions);
const everywhere = seedTable(
  Object.fromEntries(ids.map((region, i) => [`${region}-a`, { region, url: `http://127.0.0.1:${9000 + i}` }])),
);

describe("the seed", () => {
  it("stands on an empty table, with all regions and with few", () => {
    expect(plan(emptyTable, everywhere).objections).toEqual([]);
    expect(plan(emptyTable, seed).objections).toEqual([]);
    for (const region of ids)
      expect(plan(emptyTable, seedTable({ a: { region, url: "http://127.0.0.1:1" } })).objections).toEqual([]);
  });

  it("has the regions of the guide", () => {
    const { next } = plan(emptyTable, everywhere);
    const countries = [...next.regions].map(([id, { country }]) => `${id} ${country}`).join(", ");
    expect(countries).toBe(
      "us-east-1 US, us-west-2 US, ca-central-1 CA, eu-west-1 IE, eu-central-1 DE, eu-west-2 GB, ap-southeast-1 SG, " +
        "ap-northeast-1 JP, ap-southeast-2 AU, ap-south-1 IN, sa-east-1 BR, me-south-1 AE, af-south-1 ZA",
    );
    expect(next.regions.get("sa-east-1")).toMatchObject({
      name: "São Paulo",
      latitude: -23.55,
      longitude: -46.63,
      nodes: 60,
      connections: 60_000,
      zones: 3,
      frameworks: ["SOC 2", "ISO 27001", "LGPD"],
      locationHint: "sam",
    });
  });

  it("has round trips that are complete and nearly alike in both directions", () => {
    const { next } = plan(emptyTable, everywhere);
    expect([...next.latency.keys()]).toEqual(ids);
    for (const row of next.latency.values()) expect(Object.keys(row)).toEqual(ids);
    const pairs = ids.flatMap((_, i) => ids.slice(i + 1).map((_, j) => [i, i + 1 + j] as const));
    const apart = pairs.filter(([i, j]) => Math.abs(ms(i, j) - ms(j, i)) > 5).map(([i, j]) => `${ids[i]} ${ids[j]}`);
    // Measured so; every other pair differs by less than 6 ms.
    expect(apart).toEqual(["us-west-2 me-south-1"]);
  });

  it("has a policy of each kind under the kind's name, and a service for every host", () => {
    expect([...seeded.policies].map(([id, { kind }]) => [id, kind])).toEqual(
      ["latency", "weighted", "geo", "failover", "round-robin", "least-outstanding", "hash"].map((id) => [id, id]),
    );
    expect(seeded.services.get("api")).toMatchObject({ hosts: ["*"], backends: "all", policy: "latency" });
  });

  it("leaves out what rests on regions that are not in use", () => {
    expect([...seeded.regions.keys()]).toEqual(["us-east-1", "eu-west-1", "eu-central-1"]);
    expect(seeded.policies.get("failover")).toMatchObject({ order: ["us-east-1", "eu-west-1", "eu-central-1"] });
    expect(Object.keys(seeded.latency.get("us-east-1") ?? {})).toEqual(["us-east-1", "eu-west-1", "eu-central-1"]);
    expect([...seeded.residency].map(([id, { regions }]) => `${id}: ${regions}`)).toEqual([
      "eu-eea: eu-west-1,eu-central-1",
      "switzerland: eu-west-1,eu-central-1",
      "california: us-east-1",
    ]);
  });

  it("with a backend in a region that it does not know is refused", () => {
    const { objections } = plan(emptyTable, seedTable({ a: { region: "mars-1", url: "http://127.0.0.1:1" } }));
    expect(objections.map(({ path }) => path)).toContain("/policies/failover/order");
  });

  it("laid over a table that has it changes nothing", () => {
    expect(plan(seeded, seed).changes).toEqual([]);
  });
});

function ms(from: number, to: number): number {
  return seedRoundTripsMs[ids[from] ?? ""]?.[to] ?? Number.NaN;
}
