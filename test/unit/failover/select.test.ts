import { describe, expect, it } from "vitest";
import { MAX_USE, type SelectionTask, select } from "../../../src/failover/select.ts";
import { nowhere } from "../../../src/geo/place.ts";
import type { PopulationRow } from "../../../src/simulation/population.ts";
import { worldPopulation } from "../../../src/simulation/world.ts";
import type { Failover } from "../../../src/table/failover.ts";
import type { RegionId } from "../../../src/table/region.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import { down, testTable, up } from "../../fakes/world.ts";

interface Given {
  readonly patch?: object;
  readonly dead?: readonly string[];
  readonly failovers?: Readonly<Record<string, Failover>>;
  readonly rows?: readonly PopulationRow[];
  readonly requestsPerSecond?: number | null;
  readonly to?: string;
  readonly from?: string;
  readonly lagMs?: Readonly<Record<string, number>>;
  readonly inFlight?: Readonly<Record<string, number>>;
}

const clientsOf = (country: string, weight = 1): PopulationRow => ({
  place: { ...nowhere, country },
  target: { kind: "service", id: "api" },
  weight,
});

function task(given: Given): SelectionTask {
  const loads = Object.entries(given.inFlight ?? {}).map(([region, inFlight]) => {
    const load = { cpu: 0, memory: 0, disk: 0, network: 0, inFlight };
    return [`${region}-a`, { ...up(), load }] as const;
  });
  const published: PublishedTable = {
    epoch: 1,
    table: testTable({ patch: given.patch ?? {} }),
    health: new Map([...loads, ...(given.dead ?? []).map((region) => [`${region}-a`, down()] as const)]),
    learned: new Map(),
    failovers: new Map(Object.entries(given.failovers ?? {})),
    defences: new Map(),
  };
  const { rows = worldPopulation("api"), requestsPerSecond = null } = given;
  return {
    published,
    from: given.from ?? "us-east-1",
    to: given.to ?? null,
    clients: { rows, requestsPerSecond },
    lagMs: new Map(Object.entries(given.lagMs ?? {})),
    now: 0,
  };
}

/** The shares of the targets, or why there are none. */
function chosen(given: Given): Record<string, number> | string {
  const selected = select(task(given));
  if (!selected.ok) return selected.error.kind;
  return Object.fromEntries(selected.value.targets.map(({ region, share }) => [region, Number(share.toFixed(2))]));
}

const failedOver = (target: string): Failover => ({
  id: "f",
  phase: "failed-over",
  percent: 0,
  targets: [{ region: target as RegionId, share: 1 }],
  since: 0,
});

const americans = [clientsOf("US")];
const germans = [clientsOf("DE")];
const required = { services: { api: { residency: "required" } } };

describe("the target of a failover", () => {
  it.each<[string, Given, Record<string, number>]>([
    ["is near the clients", { rows: americans, from: "us-west-2" }, { "us-east-1": 1 }],
    ["is another when that one is down", { rows: americans, dead: ["ca-central-1"] }, { "us-west-2": 1 }],
    ["was down with it for a while", { rows: americans, dead: ["us-east-1", "ca-central-1"] }, { "us-west-2": 1 }],
    [
      "is none that is failed over itself",
      { rows: americans, failovers: { "ca-central-1": failedOver("us-west-2") } },
      { "us-west-2": 1 },
    ],
    [
      "is within the clients' jurisdiction",
      { rows: germans, from: "eu-central-1", patch: required },
      { "eu-west-1": 1 },
    ],
    [
      "is the next where its data are far behind",
      { rows: americans, lagMs: { "ca-central-1": 300_001 } },
      { "us-west-2": 1 },
    ],
    ["is near by cable where nobody is there to tell", { rows: germans, from: "sa-east-1" }, { "us-east-1": 1 }],
    ["is the one that was named", { rows: americans, to: "eu-west-1" }, { "eu-west-1": 1 }],
    [
      "is the next where it would be too full by what its nodes tell",
      { rows: americans, inFlight: { "us-east-1": 0.5, "ca-central-1": 0.31 } },
      { "us-west-2": 1 },
    ],
  ])("%s", (_, given, expected) => {
    expect(chosen(given)).toEqual(expected);
  });

  it.each<[string, Given, string]>([
    ["whom nobody may replace", { rows: [clientsOf("BR")], from: "sa-east-1", patch: required }, "no-target"],
    ["that is not there", { from: "mars" }, "unknown-region"],
    ["to one that is not there", { to: "mars" }, "unknown-region"],
    ["to itself", { to: "us-east-1" }, "unfit-target"],
    ["to one that is down", { to: "us-west-2", dead: ["us-west-2"] }, "unfit-target"],
    [
      "outside the jurisdiction",
      { rows: germans, from: "eu-central-1", to: "us-west-2", patch: required },
      "unfit-target",
    ],
    [
      "too large for the one that was named",
      { rows: americans, requestsPerSecond: 20_000, to: "us-west-2" },
      "no-capacity",
    ],
    ["too large for all", { rows: americans, requestsPerSecond: 1e6 }, "no-capacity"],
  ])("is missing for a region %s", (_, given, expected) => {
    expect(chosen(given)).toBe(expected);
  });

  it("is several where none has room for all, none of them too full", () => {
    const selected = select(task({ rows: americans, requestsPerSecond: 20_000 }));
    if (!selected.ok) throw new Error(selected.error.kind);
    const { targets, regions, moved } = selected.value;
    expect(moved).toBeCloseTo(1);
    expect(targets.length).toBeGreaterThan(1);
    expect(targets.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    for (const { region } of targets) {
      const load = regions.find((each) => each.region === region);
      expect(load?.after.use).toBeGreaterThan(load?.before.use ?? 0);
      expect(load?.after.use).toBeLessThanOrEqual(MAX_USE);
    }
  });

  it("leaves aside clients that it may not take, and says so", () => {
    const selected = select(task({ from: "eu-west-1", patch: required, rows: [clientsOf("IE"), clientsOf("IS")] }));
    if (!selected.ok) throw new Error(selected.error.kind);
    expect(selected.value).toMatchObject({
      targets: [{ region: "eu-central-1", share: 1 }],
      elsewhere: 0,
      stranded: 0,
    });
    expect(selected.value.candidates.find(({ region }) => region === "us-east-1")?.refusal).toContain("may not take");
  });
});
