import { describe, expect, it } from "vitest";
import { seedZone } from "../../../src/seed/zone.ts";
import { planRollback } from "../../../src/table/history.ts";
import { plan } from "../../../src/table/plan.ts";
import { recordSetIdSchema } from "../../../src/table/record-set.ts";
import { zoneOfId } from "../../../src/table/zone-of.ts";
import { seeded, tableOf } from "./tables.ts";

const table = tableOf(seeded, seedZone(["us-east-1", "eu-west-1"]));
const child = { primary: "ns1.novacron.io", contact: "hostmaster.novacron.io" };
const nested = tableOf(table, { zones: { "sub.novacron.io": child } });

describe("record sets", () => {
  it.each<[string, Record<string, unknown>, string]>([
    ["in no zone", { "www.example.com/A": { values: ["192.0.2.1"] } }, "outside-zones"],
    ["a value of another type", { "www.novacron.io/A": { values: ["2001:db8::1"] } }, "invalid"],
    [
      "a value of a target",
      { "www.novacron.io/A": { policy: { kind: "latency", targets: { "us-east-1": { values: ["x"] } } } } },
      "invalid",
    ],
    ["the same value twice", { "www.novacron.io/AAAA": { values: ["2001:db8::1", "2001:DB8:0::1"] } }, "invalid"],
    ["CNAME beside another", { "ns1.novacron.io/CNAME": { values: ["api.novacron.io"] } }, "zone-breach"],
    ["CNAME at the apex", { "novacron.io/CNAME": { values: ["api.novacron.io"] } }, "zone-breach"],
    ["two CNAMEs", { "www.novacron.io/CNAME": { values: ["a.novacron.io", "b.novacron.io"] } }, "zone-breach"],
    ["a delegation without glue", { "sub.novacron.io/NS": { values: ["ns.sub.novacron.io"] } }, "zone-breach"],
    ["glue taken away", { "ns1.novacron.io/A": null, "ns1.novacron.io/AAAA": null }, "zone-breach"],
    [
      "an unknown region",
      { "www.novacron.io/A": { policy: { kind: "latency", targets: { "mars-1": { values: ["192.0.2.1"] } } } } },
      "unknown-reference",
    ],
    [
      "an unknown service",
      {
        "www.novacron.io/A": {
          policy: { kind: "latency", service: "shop", targets: { "us-east-1": { values: ["192.0.2.1"] } } },
        },
      },
      "unknown-reference",
    ],
    [
      "an order beyond its targets",
      {
        "www.novacron.io/A": {
          policy: { kind: "failover", order: ["eu-west-1"], targets: { "us-east-1": { values: ["192.0.2.1"] } } },
        },
      },
      "invalid",
    ],
    ["neither values nor a policy", { "www.novacron.io/A": {} }, "invalid"],
    ["SOA", { "novacron.io/SOA": { values: ["x"] } }, "invalid"],
    ["a known type by its number", { "www.novacron.io/TYPE1": { values: ["192.0.2.1"] } }, "invalid"],
    ["a name in capitals", { "WWW.novacron.io/A": { values: ["192.0.2.1"] } }, "invalid"],
  ])("are refused with %s", (_name, records, code) => {
    const { objections } = plan(table, { records });
    expect(objections.map((each) => each.code)).toContain(code);
  });

  it("hold a zone, a service and a region that they rest on", () => {
    expect(plan(table, { zones: { "novacron.io": null } }).objections[0]?.code).toBe("outside-zones");
    expect(plan(table, { services: { api: null } }).objections).toMatchObject([
      { code: "unknown-reference", path: "/services/api" },
      { code: "unknown-reference", path: "/services/api" },
    ]);
  });

  it("belong to the deepest zone, and DS to the one above", () => {
    expect(zoneOfId(nested.zones, "a.sub.novacron.io/A")).toBe("sub.novacron.io");
    expect(zoneOfId(nested.zones, "sub.novacron.io/A")).toBe("sub.novacron.io");
    expect(zoneOfId(nested.zones, "sub.novacron.io/DS")).toBe("novacron.io");
    expect(zoneOfId(nested.zones, "*.novacron.io/A")).toBe("novacron.io");
    expect(zoneOfId(nested.zones, "io/A")).toBeNull();
  });

  it.each(["api.novacron.io/A", "*.novacron.io/TXT", "_sip._udp.novacron.io/SRV", "x.novacron.io/TYPE65280"])(
    "may be called %s",
    (id) => expect(recordSetIdSchema.safeParse(id).success).toBe(true),
  );
});

describe("a serial", () => {
  const serialOf = (next: typeof table) => next.zones.get("novacron.io")?.serial;
  const www = (address: string) => ({ records: { "www.novacron.io/A": { values: [address] } } });

  it("goes up with each change of the zone, and with no other", () => {
    const once = tableOf(table, www("192.0.2.1"));
    expect(serialOf(once)).toBe(2);
    expect(serialOf(tableOf(once, www("192.0.2.1")))).toBe(2);
    expect(serialOf(tableOf(once, { regions: { "us-east-1": { weight: 1 } } }))).toBe(2);
    expect(serialOf(tableOf(once, { zones: { "novacron.io": { ttlSeconds: 60 } } }))).toBe(3);
  });

  it("is taken where it is later, and not where it is earlier", () => {
    expect(serialOf(tableOf(table, { zones: { "novacron.io": { serial: 2026112500 } } }))).toBe(2026112500);
    const late = tableOf(table, { zones: { "novacron.io": { serial: 100 } } });
    expect(serialOf(tableOf(late, { zones: { "novacron.io": { serial: 50 } } }))).toBe(101);
  });

  it("begins anew after the last one, which no resolver takes for a step back", () => {
    const half = tableOf(table, { zones: { "novacron.io": { serial: 0x7fff_ffff } } });
    const last = tableOf(half, { zones: { "novacron.io": { serial: 0xffff_fffe } } });
    expect(serialOf(tableOf(tableOf(last, www("192.0.2.1")), www("192.0.2.2")))).toBe(1);
  });

  it("goes up when the table goes back", () => {
    const changed = plan(table, www("192.0.2.1"));
    const { next, objections } = planRollback(changed.next, changed.changes, 0);
    expect(objections).toEqual([]);
    expect(next.records).toEqual(table.records);
    expect(serialOf(next)).toBe(3);
  });
});
