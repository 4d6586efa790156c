import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { atOnce } from "../../../src/base/sliced.ts";
import { seedZone } from "../../../src/seed/zone.ts";
import { advanceSnapshot } from "../../../src/table/advance.ts";
import type { Snapshot } from "../../../src/table/snapshot.ts";
import { wholeUpdate } from "../../../src/table/update.ts";
import { decodeUpdate, encodeUpdate } from "../../../src/table/update-codec.ts";
import { tableOf } from "./tables.ts";
import { published } from "./updates.ts";

const zone = seedZone(["us-east-1", "eu-west-1", "eu-central-1"]);
const named = { ...published, table: tableOf(published.table, zone) };

function read(bytes: Uint8Array): Snapshot {
  const update = atOnce(decodeUpdate(bytes));
  const next = update.ok ? atOnce(advanceSnapshot(null, update.value, "dns")) : update;
  if (!next.ok) throw new Error(next.error);
  return next.value;
}

it("an edge that serves HTTP is sent nothing of the DNS", () => {
  const bytes = (table: typeof published) => encodeUpdate(wholeUpdate(table, "routing"));
  expect(bytes(named)).toEqual(bytes(published));
});

it("the DNS is sent zones and record sets, and no addresses", () => {
  const { table, blacklist, regions } = read(encodeUpdate(wholeUpdate(named, "dns")));
  expect([...table.records.keys()].sort()).toEqual(Object.keys(zone.records).sort());
  expect(table.zones).toEqual(named.table.zones);
  expect(regions.length).toBe(3);
  expect(blacklist.columns.v4.prefixes.length).toBe(0);
});

it("what the first release wrote for the DNS can still be read", () => {
  const golden = new Uint8Array(readFileSync(new URL("frame-2-dns.golden.bin", import.meta.url)));
  expect(read(golden)).toEqual(read(encodeUpdate(wholeUpdate(named, "dns"))));
});
