import { describe, expect, it } from "vitest";
import { MAX_OBJECTIONS } from "../../../src/table/change.ts";
import { MAX_CHANGES } from "../../../src/table/limits.ts";
import { applyPatch, MAX_PATCH_DEPTH } from "../../../src/table/patch.ts";
import { MAX_REGIONS, type RegionId } from "../../../src/table/region.ts";
import { emptyTable } from "../../../src/table/table.ts";
import { rule, seeded } from "./tables.ts";

const many = (count: number, entity: unknown) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32`, entity]),
  );

describe("a patch", () => {
  it.each<[string, unknown, string[]]>([
    ["changes one field", { regions: { "us-east-1": { weight: 50 } } }, ["regions/us-east-1"]],
    [
      "changes several sections",
      { regions: { "us-east-1": { weight: 1 } }, policies: { mine: { kind: "geo" } } },
      ["regions/us-east-1", "policies/mine"],
    ],
    ["removes", { backends: { "use1-a": null } }, ["backends/use1-a"]],
    ["removes what is not there: nothing", { backends: { nobody: null } }, []],
    ["repeats what is: nothing", { regions: { "us-east-1": { weight: 100 } } }, []],
    ["repeats it in another spelling: nothing", { backends: { "use1-a": { url: "http://127.0.0.1:9001/" } } }, []],
    ["is empty", {}, []],
    ["has empty sections", { regions: {}, backends: {} }, []],
    ["says nothing about a section", { regions: undefined }, []],
    ["says nothing about an entity", { regions: { "us-east-1": undefined } }, []],
    [
      "removes a field that has a default, which is then the default",
      { regions: { "us-east-1": { weight: null } } },
      [],
    ],
    ["removes an optional field", { regions: { "us-east-1": { jurisdiction: null } } }, ["regions/us-east-1"]],
    ["removes one target of a latency row", { latency: { "us-east-1": { "eu-west-1": null } } }, ["latency/us-east-1"]],
    ["replaces a list whole", { policies: { failover: { order: ["eu-west-1"] } } }, ["policies/failover"]],
    [
      "changes sections in the table's order",
      { blacklist: { "1.2.3.4/32": rule() }, regions: { "us-east-1": { weight: 1 } } },
      ["regions/us-east-1", "blacklist/1.2.3.4/32"],
    ],
  ])("%s", (_, patch, changed) => {
    const { changes, objections } = applyPatch(seeded, patch);
    expect(objections).toEqual([]);
    expect(changes.map(({ section, id }) => `${section}/${id}`)).toEqual(changed);
  });

  it("merges fields and keeps the others", () => {
    const { next, changes } = applyPatch(seeded, { regions: { "us-east-1": { weight: 50 } } });
    const before = seeded.regions.get("us-east-1");
    expect(next.regions.get("us-east-1")).toEqual({ ...before, weight: 50 });
    expect(changes).toEqual([{ section: "regions", id: "us-east-1", before, after: { ...before, weight: 50 } }]);
    expect(before?.weight).toBe(100);
  });

  it("fills in defaults of what is new", () => {
    const { next } = applyPatch(seeded, { backends: { new: { region: "us-east-1", url: "https://a.example/" } } });
    expect(next.backends.get("new")).toMatchObject({ url: "https://a.example", weight: 100, state: "active" });
  });

  it.each<[string, unknown]>([
    ["of an entry that never ends", { blacklist: { "1.2.3.4/32": rule(null) } }],
    ["of a backend that does not tell its load", { backends: { "use1-a": { loadPath: null } } }],
    ["of a service that stops hedging", { services: { api: { hedgeAfterMs: null } } }],
  ])("keeps the null %s", (_, patch) => {
    const hedging = applyPatch(seeded, { services: { api: { hedgeAfterMs: 50 } } }).next;
    const { changes, objections } = applyPatch(hedging, patch);
    expect(objections).toEqual([]);
    expect(Object.values(changes[0]?.after ?? {})).toContain(null);
  });

  it("keeps the null of a trigger that is off, and brings the defaults of the others back", () => {
    const settings = { latencyMs: null, errorPercent: null, errorSeconds: null };
    const { next, objections } = applyPatch(seeded, { regions: { "us-east-1": { failover: settings } } });
    expect(objections).toEqual([]);
    expect(next.regions.get("us-east-1" as RegionId)?.failover).toMatchObject({
      checks: 3,
      latencyMs: null,
      errorPercent: null,
      errorSeconds: 60,
    });
  });

  it("drops what only the old kind has where something becomes another kind, and keeps what both have", () => {
    const turnstile = { kind: "turnstile", siteKey: "0x4AAA" };
    const patch = {
      policies: { geo: { kind: "weighted" } },
      services: { api: { mitigation: { challenge: turnstile } } },
      backends: { "use1-a": { probe: { kind: "tcp" } } },
      records: { "a.example/A": { policy: { kind: "weighted" } } },
    };
    const steered = { kind: "latency", service: "api", targets: { "us-east-1": { values: ["192.0.2.1"] } } };
    const record = { records: { "a.example/A": { policy: steered } } };
    const before = applyPatch(seeded, record);
    expect(before.objections).toEqual([]);
    const { next, objections } = applyPatch(before.next, patch);
    expect(objections).toEqual([]);
    expect(next.policies.get("geo")).toEqual({ kind: "weighted" });
    expect(next.services.get("api")?.mitigation.challenge).toEqual(turnstile);
    expect(next.backends.get("use1-a")?.probe).toEqual({ kind: "tcp", port: null });
    expect(next.records.get("a.example/A")?.policy).toMatchObject({
      kind: "weighted",
      service: "api",
      targets: { "us-east-1": { values: ["192.0.2.1"], weight: 100 } },
    });
    const back = applyPatch(next, { services: { api: { mitigation: { challenge: { kind: "proof-of-work" } } } } });
    expect(back.next.services.get("api")?.mitigation.challenge).toEqual({ kind: "proof-of-work", bits: 16 });
  });

  it("shares the sections that it leaves alone", () => {
    const { next } = applyPatch(seeded, { regions: { "us-east-1": { weight: 50 } } });
    expect(next.regions).not.toBe(seeded.regions);
    expect(next.backends).toBe(seeded.backends);
    expect(next.blacklist).toBe(seeded.blacklist);
  });
});

describe("a patch is refused when", () => {
  it.each<[string, unknown, string[]]>([
    ["it is null", null, [" invalid"]],
    ["it is a list", [], [" invalid"]],
    ["it is text", "regions", [" invalid"]],
    ["a section is unknown", { servers: {} }, ["/servers unknown-section"]],
    ["a section is an inherited name", { constructor: {} }, ["/constructor unknown-section"]],
    ["a section is __proto__", JSON.parse('{"__proto__":{}}'), ["/__proto__ unknown-section"]],
    ["a section is null, which would empty it", { blacklist: null }, ["/blacklist invalid"]],
    ["a section is a list", { regions: [] }, ["/regions invalid"]],
    ["an id is malformed", { regions: { "US East": {} } }, ["/regions/US East invalid"]],
    ["an id is an inherited name", { regions: { constructor: {} } }, ["/regions/constructor invalid"]],
    ["an id is __proto__", JSON.parse('{"regions":{"__proto__":{}}}'), ["/regions/__proto__ invalid"]],
    ["an id to remove is malformed", { regions: { "US East": null } }, ["/regions/US East invalid"]],
    ["a network is not canonical", { blacklist: { "203.0.113.7/24": rule() } }, ["/blacklist/203.0.113.7~124 invalid"]],
    ["a network has no prefix", { blacklist: { "203.0.113.7": rule() } }, ["/blacklist/203.0.113.7 invalid"]],
    [
      "a network is v4-mapped",
      { blacklist: { "::ffff:1.2.3.4/128": rule() } },
      ["/blacklist/::ffff:1.2.3.4~1128 invalid"],
    ],
    ["an entity is text", { regions: { "us-east-1": "big" } }, ["/regions/us-east-1 invalid"]],
    ["an entity is a list", { regions: { "us-east-1": [] } }, ["/regions/us-east-1 invalid"]],
    ["a field is unknown", { regions: { "us-east-1": { wieght: 1 } } }, ["/regions/us-east-1/wieght invalid"]],
    ["an inner field is unknown", { policies: { hash: { key: { salt: 1 } } } }, ["/policies/hash/key/salt invalid"]],
    [
      "a field is __proto__",
      { regions: { "us-east-1": JSON.parse('{"__proto__":{}}') } },
      ["/regions/us-east-1/__proto__ invalid"],
    ],
    [
      "a target of a row is __proto__",
      { latency: { "us-east-1": JSON.parse('{"__proto__":1}') } },
      ["/latency/us-east-1/__proto__ invalid"],
    ],
    ["a field is out of range", { regions: { "us-east-1": { weight: -1 } } }, ["/regions/us-east-1/weight invalid"]],
    [
      "a field is infinite",
      { regions: { "us-east-1": { weight: Number.POSITIVE_INFINITY } } },
      ["/regions/us-east-1/weight invalid"],
    ],
    ["a required field is missing", { policies: { mine: {} } }, ["/policies/mine/kind invalid"]],
    ["a required field is removed", { backends: { "use1-a": { url: null } } }, ["/backends/use1-a/url invalid"]],
    [
      "a kind changes, and a field is named that only the old one has",
      { policies: { geo: { kind: "weighted", toleranceKm: 3 } } },
      ["/policies/geo/toleranceKm invalid"],
    ],
    [
      "one of a list is wrong",
      { services: { api: { backends: ["use1-a", "B"] } } },
      ["/services/api/backends/1 invalid"],
    ],
    ["a list could be something else", { services: { api: { backends: "some" } } }, ["/services/api/backends invalid"]],
    [
      "several things are wrong, all are told",
      { regions: { "us-east-1": { weight: -1, dialPercent: 101 }, A: {} } },
      ["/regions/us-east-1/weight invalid", "/regions/us-east-1/dialPercent invalid", "/regions/A invalid"],
    ],
    [
      "sections and fields are wrong, all are told",
      { servers: {}, regions: { "us-east-1": { weight: -1 } } },
      ["/servers unknown-section", "/regions/us-east-1/weight invalid"],
    ],
    ["it names too many entities", { blacklist: many(MAX_CHANGES + 1, rule()) }, [" too-many"]],
  ])("%s", (_, patch, expected) => {
    const { next, changes, objections } = applyPatch(seeded, patch);
    expect(objections.map(({ path, code }) => `${path} ${code}`)).toEqual(expected);
    expect(changes).toEqual([]);
    expect(next).toBe(seeded);
  });

  it("it is nested deeper than any entity", () => {
    const nest = (levels: number): unknown => (levels === 0 ? 1 : { a: nest(levels - 1) });
    const path = `/policies/hash/key${"/a".repeat(MAX_PATCH_DEPTH - 1)}`;
    const { objections } = applyPatch(seeded, { policies: { hash: { key: nest(2000) } } });
    expect(objections.map((objection) => objection.path)).toEqual([path]);
  });

  it("it refers to itself", () => {
    const hash: { key?: unknown } = {};
    hash.key = hash;
    expect(applyPatch(seeded, { policies: { hash } }).objections).toHaveLength(1);
  });

  it("a section would be too long", () => {
    const region = { ...seeded.regions.get("us-east-1") };
    const patch = (count: number) => ({
      regions: Object.fromEntries(Array.from({ length: count }, (_, i) => [`r-${i}`, region])),
    });
    expect(applyPatch(emptyTable, patch(MAX_REGIONS)).objections).toEqual([]);
    expect(applyPatch(emptyTable, patch(MAX_REGIONS + 1)).objections).toMatchObject([
      { code: "too-many", path: "/regions" },
    ]);
  });

  it("and tells no more than a reader could use, in pointers of bounded length", () => {
    const patch = {
      blacklist: many(1000, 1),
      regions: { ["x".repeat(100_000)]: {} },
      latency: { a: many(200_000, 1) },
    };
    const { objections } = applyPatch(seeded, patch);
    expect(objections).toHaveLength(MAX_OBJECTIONS);
    expect(Math.max(...objections.map(({ path }) => path.length))).toBeLessThan(300);
  });
});
