import fc from "fast-check";
import type { Table } from "../../../src/table/table.ts";

/** Few ids, so that patches collide and references dangle. */
const regionId = fc.constantFrom("r1", "r2", "r3", "r4");
const backendId = fc.constantFrom("b1", "b2", "b3", "b4");
const policyId = fc.constantFrom("p1", "p2", "p3");
const network = fc.constantFrom("10.0.0.1/32", "10.0.1.0/24", "2001:db8::/32");
const weight = fc.constantFrom(0, 1, 100, 1000);
const list = <T>(each: fc.Arbitrary<T>) => fc.uniqueArray(each, { minLength: 1, maxLength: 3 });
const some = { requiredKeys: [] as [], noNullPrototype: true };

const newRegion = {
  name: "R",
  country: "DE",
  latitude: 1,
  longitude: 2,
  nodes: 1,
  connections: 1,
  zones: 1,
  locationHint: "weur",
};
const newBackend = (region: string) => ({ region, url: "http://127.0.0.1:1" });

const region = fc.record({ weight, state: fc.constantFrom("active", "maintenance") }, some);
const backend = fc.record(
  { weight, state: fc.constantFrom("active", "draining", "disabled"), priority: fc.nat(9) },
  some,
);
const policy = fc.oneof(
  fc.constantFrom({ kind: "latency" }, { kind: "weighted" }),
  list(regionId).map((order) => ({ kind: "failover", order })),
);
const service = fc.record({
  hosts: list(fc.constantFrom("*", "a.example", "A.example", "*.b.example")),
  pathPrefix: fc.constantFrom("/", "/x"),
  policy: policyId,
  backends: fc.oneof(fc.constant("all"), list(backendId)),
});
const addressRule = fc.record({
  reason: fc.constantFrom("flood", "scan"),
  createdAt: fc.nat(10),
  expiresAt: fc.option(fc.nat(1000)),
});
const roundTrips = fc.dictionary(regionId, fc.option(fc.integer({ min: 1, max: 9 })), { noNullPrototype: true });

const edit = (section: string, id: fc.Arbitrary<string>, entity: fc.Arbitrary<unknown>) =>
  fc.tuple(fc.constant(section), id, fc.oneof({ weight: 5, arbitrary: entity }, fc.constant(null)));

const edits = fc.oneof(
  edit(
    "regions",
    regionId,
    fc.oneof(
      region,
      region.map((change) => ({ ...newRegion, ...change })),
    ),
  ),
  edit(
    "backends",
    backendId,
    fc.oneof(
      backend,
      fc.tuple(regionId, backend).map(([id, change]) => ({ ...newBackend(id), ...change })),
    ),
  ),
  edit("policies", policyId, policy),
  edit("services", fc.constantFrom("s1", "s2"), service),
  edit(
    "residency",
    fc.constantFrom("eu", "uk"),
    fc.uniqueArray(regionId, { maxLength: 3 }).map((regions) => ({ regions })),
  ),
  edit("latency", fc.oneof(regionId, fc.constant("colo:FRA")), roundTrips),
  edit("blacklist", network, addressRule),
  edit("allowlist", network, addressRule),
  edit(
    "bots",
    network,
    addressRule.map((rule) => ({ ...rule, name: "Googlebot" })),
  ),
);

/** Patches of one to three edits. Most are well-formed, and many break a reference. */
export const patches: fc.Arbitrary<Record<string, Record<string, unknown>>> = fc
  .array(edits, { minLength: 1, maxLength: 3 })
  .map((parts) => {
    const patch: Record<string, Record<string, unknown>> = {};
    for (const [section, id, entity] of parts) patch[section] = { ...patch[section], [id]: entity };
    return patch;
  });

/** What most patches need in order to stand. */
export const foundation = {
  regions: { r1: newRegion, r2: newRegion, r3: newRegion },
  backends: { b1: newBackend("r1"), b2: newBackend("r2"), b3: newBackend("r3") },
  policies: { p1: { kind: "latency" }, p2: { kind: "weighted" } },
};

/** Whether everything that a table names exists and every service can be served: nested loops, no cleverness. */
export function holdsTogether(table: Table): boolean {
  for (const { region } of table.backends.values()) if (!table.regions.has(region)) return false;
  for (const policy of table.policies.values())
    if (policy.kind === "failover") for (const id of policy.order) if (!table.regions.has(id)) return false;
  for (const { regions } of table.residency.values()) {
    if (regions.length === 0) return false;
    for (const id of regions) if (!table.regions.has(id)) return false;
  }
  for (const [source, row] of table.latency) {
    if (!source.startsWith("colo:") && !table.regions.has(source)) return false;
    for (const id in row) if (!table.regions.has(id)) return false;
  }
  const routes: string[] = [];
  for (const service of table.services.values()) {
    if (!table.policies.has(service.policy)) return false;
    const ids = service.backends === "all" ? [...table.backends.keys()] : service.backends;
    let weight = 0;
    for (const id of ids) {
      const backend = table.backends.get(id);
      if (!backend) return false;
      const region = table.regions.get(backend.region);
      if (!region) return false;
      if (backend.state !== "disabled" && region.state !== "maintenance") weight += backend.weight * region.weight;
    }
    if (weight === 0) return false;
    for (const host of new Set(service.hosts)) routes.push(`${host} ${service.pathPrefix}`);
  }
  return new Set(routes).size === routes.length;
}
