import { expect, it } from "vitest";
import { nowhere } from "../../../src/geo/place.ts";
import { Authority } from "../../../src/geodns/authority.ts";
import { queryOf } from "../../../src/geodns/question.ts";
import { seedZone } from "../../../src/seed/zone.ts";
import { failoverSchema } from "../../../src/table/failover.ts";
import { compileSnapshot } from "../../../src/table/snapshot.ts";
import { REGIONS, testTable } from "../../fakes/world.ts";

const table = testTable({ patch: seedZone(REGIONS) });
const failover = failoverSchema.parse({
  id: "failover-1",
  phase: "failing-over",
  percent: 100,
  targets: [{ region: "us-west-2", share: 1 }],
  since: 0,
});

it.each([
  ["of a steered name", "api.novacron.io", ["us-east-1"], 60],
  ["of a name that leads to no region", "ns1.novacron.io", ["us-east-1"], 300],
  ["while nothing is moved", "api.novacron.io", [], 300],
])("answers %s are kept as long as they may be while a region fails over", (_name, name, moving, ttl) => {
  const query = queryOf({ name, type: "A", subnet: null, dnssecOk: false, checkingDisabled: false });
  if (!query.ok) throw new Error(query.error);
  const failovers = new Map(moving.map((region) => [region, failover]));
  const authority = new Authority(
    compileSnapshot({ epoch: 1, table, health: new Map(), learned: new Map(), failovers, defences: new Map() }),
  );
  const told = authority.answer(query.value, { place: nowhere, prefix: 0 }, 0, 0);
  expect(told.response.answer.map((set) => set.ttl)).toEqual([ttl]);
  expect(told.maxAgeSeconds).toBe(ttl);
});
