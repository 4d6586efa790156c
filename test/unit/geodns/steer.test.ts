import { describe, expect, it } from "vitest";
import { nowhere, type Place } from "../../../src/geo/place.ts";
import { Steerer } from "../../../src/geodns/steer.ts";
import { calm } from "../../../src/routing/calm.ts";
import { Traffic } from "../../../src/routing/traffic.ts";
import { makeView } from "../../../src/routing/view.ts";
import { compileSnapshot } from "../../../src/table/snapshot.ts";
import { steeringSchema } from "../../../src/table/steering.ts";
import { down, REGIONS, testTable } from "../../fakes/world.ts";

const NOW = Date.UTC(2100, 0, 1);
const at = (country: string): Place => ({ ...nowhere, country });

const values = (n: number) => ({ values: [`192.0.2.${n}`] });
const targets = (...regions: string[]) => Object.fromEntries(regions.map((region, i) => [region, values(i + 1)]));
const [virginia, ireland, frankfurt, mumbai] = ["us-east-1", "eu-west-1", "eu-central-1", "ap-south-1"] as const;
const four = targets(virginia, ireland, frankfurt, mumbai);

interface Case {
  readonly from?: Place;
  readonly dead?: readonly string[];
  readonly draw?: number;
  readonly patch?: object;
}

/** Where in the policy the values stand that a client is told. */
function steer(policy: object, { from = nowhere, dead = [], draw = 0, patch = {} }: Case = {}) {
  const health = new Map(dead.map((region) => [`${region}-a`, down(1)]));
  const snapshot = compileSnapshot({
    epoch: 1,
    table: testTable({ patch }),
    health,
    learned: new Map(),
    failovers: new Map(),
    defences: new Map(),
  });
  const steerer = new Steerer(makeView(snapshot, calm, new Traffic()));
  return steerer.steer("api.novacron.io/A", steeringSchema.parse(policy), from, NOW, draw);
}
const told = (policy: object, given?: Case) =>
  steer(policy, given).targets.map((target) => target.replace(/^targets\//, ""));

describe("latency", () => {
  const policy = { kind: "latency", service: "api", targets: four };
  it.each<[string, Case, string]>([
    ["the nearest", { from: at("DE") }, frankfurt],
    ["another nearest", { from: at("IN") }, mumbai],
    ["the next when it is down", { from: at("DE"), dead: [frankfurt] }, ireland],
    [
      "one that is in maintenance is passed over",
      { from: at("DE"), patch: { regions: { [frankfurt]: { state: "maintenance" } } } },
      ireland,
    ],
  ])("tells %s", (_name, given, region) => expect(told(policy, given)).toEqual([region]));

  it("depends on the place", () => expect(steer(policy).byPlace).toBe(true));
});

describe("when all are down", () => {
  const dead = REGIONS;
  it.each<[string, object, Case, readonly string[]]>([
    ["nobody is told where the service fails closed", { kind: "latency", service: "api", targets: four }, {}, []],
    ["the first choice where there is no service", { kind: "latency", targets: four }, { from: at("DE") }, [frankfurt]],
    [
      "the first choice where the service fails open",
      { kind: "failover", service: "api", order: [mumbai, virginia], targets: targets(mumbai, virginia) },
      { patch: { services: { api: { whenNoneHealthy: "fail-open" } } } },
      [mumbai],
    ],
    [
      "the first choice where nobody may be sent to any",
      { kind: "failover", order: [mumbai, virginia], targets: targets(mumbai, virginia) },
      {
        patch: {
          regions: Object.fromEntries(REGIONS.map((id) => [id, { dialPercent: id === "af-south-1" ? 100 : 0 }])),
        },
      },
      [mumbai],
    ],
  ])("%s", (_name, policy, given, expected) => expect(told(policy, { dead, ...given })).toEqual(expected));
});

describe("residency", () => {
  const required = { services: { api: { residency: "required" } } };
  it("keeps a client inside its jurisdiction, whatever is down there", () => {
    const policy = { kind: "weighted", service: "api", targets: four };
    for (const draw of [0, 0.3, 0.6, 0.99])
      for (const dead of [[], [frankfurt], [ireland]])
        expect([ireland, frankfurt]).toContain(told(policy, { from: at("DE"), draw, dead, patch: required })[0]);
    expect(told(policy, { from: at("DE"), dead: [frankfurt, ireland], patch: required })).toEqual([]);
  });

  it("makes the answer depend on the place", () => {
    const policy = { kind: "weighted", service: "api", targets: four };
    expect(steer(policy).byPlace).toBe(false);
    expect(steer(policy, { from: at("DE"), patch: required }).byPlace).toBe(true);
  });

  it("tells nobody whose place is not known", () =>
    expect(told({ kind: "latency", service: "api", targets: four }, { patch: required })).toEqual([]));
});

describe("weighted", () => {
  const policy = {
    kind: "weighted",
    targets: {
      [virginia]: { ...values(1), weight: 30 },
      [ireland]: { ...values(2), weight: 10 },
      [mumbai]: { ...values(3), weight: 0 },
    },
  };
  const count = (given: Case) => {
    const draws = Array.from({ length: 400 }, (_, i) => told(policy, { ...given, draw: i / 400 })[0]);
    return Object.fromEntries(
      [virginia, ireland, mumbai].map((id) => [id, draws.filter((each) => each === id).length]),
    );
  };
  it("goes by the weights of the record set", () =>
    expect(count({})).toEqual({ [virginia]: 300, [ireland]: 100, [mumbai]: 0 }));
  it("leaves the part of one that is down to the others", () =>
    expect(count({ dead: [virginia] })).toEqual({ [virginia]: 0, [ireland]: 400, [mumbai]: 0 }));
});

describe("failover", () => {
  const policy = {
    kind: "failover",
    order: [mumbai, virginia, frankfurt],
    targets: targets(mumbai, virginia, frankfurt),
  };
  it.each([
    [[], mumbai],
    [[mumbai], virginia],
    [[mumbai, virginia], frankfurt],
  ])("with %j down tells %s", (dead, region) => expect(told(policy, { dead, from: at("DE") })).toEqual([region]));
});

describe("multivalue", () => {
  const policy = { kind: "multivalue", targets: four };
  it("tells all that are up, from another one on by each draw", () => {
    const all = told(policy);
    expect([...all].sort()).toEqual([virginia, ireland, frankfurt, mumbai].sort());
    expect(told(policy, { draw: 0.3 })).toEqual([...all.slice(1), ...all.slice(0, 1)]);
    expect(told(policy, { dead: [mumbai, ireland] }).sort()).toEqual([frankfurt, virginia]);
  });
});

describe("geo-proximity", () => {
  const biased = (bias: number) => ({
    kind: "geo-proximity",
    targets: { [frankfurt]: values(1), [virginia]: { ...values(2), bias } },
  });
  it.each([
    [0, frankfurt],
    [99, virginia],
    [-99, frankfurt],
  ])("with a bias of %i for Virginia tells Iceland of %s", (bias, region) =>
    expect(told(biased(bias), { from: at("IS") })).toEqual([region]),
  );
});

describe("geolocation", () => {
  const policy = {
    kind: "geolocation",
    countries: { DE: { ...values(1), region: frankfurt } },
    continents: { EU: { ...values(2), region: ireland }, AS: values(3) },
    default: { ...values(4), region: virginia },
  };
  it.each<[string, Case, readonly string[]]>([
    ["its country", { from: at("DE") }, ["countries/DE"]],
    ["its continent", { from: at("FR") }, ["continents/EU"]],
    ["a continent without a region", { from: at("IN"), dead: REGIONS }, ["continents/AS"]],
    ["the default", { from: at("BR") }, ["default"]],
    ["the default where nothing is known", {}, ["default"]],
    ["the next that is up", { from: at("DE"), dead: [frankfurt] }, ["continents/EU"]],
    ["the last", { from: at("DE"), dead: [frankfurt, ireland] }, ["default"]],
    ["the first where all are down", { from: at("DE"), dead: REGIONS }, ["countries/DE"]],
  ])("tells %s", (_name, given, expected) => expect(steer(policy, given).targets).toEqual(expected));
});
