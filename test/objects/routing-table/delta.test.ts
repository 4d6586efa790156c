import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { MAX_DELTA_CHANGES } from "../../../durable-objects/routing-table/touched.ts";
import type { Failover } from "../../../src/table/failover.ts";
import { MAX_CHANGES } from "../../../src/table/limits.ts";
import type { RegionId } from "../../../src/table/region.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import { ban, by, report, World, weight } from "./world.ts";

const failover: Failover = {
  id: "f1",
  phase: "failing-over",
  percent: 0,
  targets: [{ region: "eu-west-1" as RegionId, share: 1 }],
  since: 1000,
};

/** The epochs of a table in which all kinds of things change, each as its whole table says. */
async function history(world: World): Promise<PublishedTable[]> {
  const held = [await world.published()];
  const steps = [
    () => world.apply({ ...weight(50), blacklist: { "10.0.0.0/8": ban(null), "2001:db8::/32": ban(5e12) } }),
    () => world.api.report([report("use1-a", {}), report("use1-b", { status: "down" })]),
    () => world.apply({ backends: { "use1-b": null }, blacklist: { "10.0.0.0/8": null } }),
    () => world.api.report([report("use1-a", { checkedAt: 2000, status: "down" })]),
    () => world.api.rollback(2, by("alice")),
    () => world.api.setFailover({ region: "us-east-1", next: failover, expected: null }),
    () => world.api.setFailover({ region: "us-east-1", next: null, expected: { id: "f1", phase: "failing-over" } }),
  ];
  for (const step of steps) {
    await step();
    held.push(await world.published());
  }
  return held;
}

describe("what has changed since an epoch", () => {
  it("leads from each epoch to the newest, before and after a restart", async () => {
    const world = await World.seeded("lead");
    const held = await history(world);
    const whole = await world.published();
    for (const restart of [false, true]) {
      if (restart) await evictDurableObject(world.stub);
      expect(await world.published()).toEqual(whole);
      for (const each of held) {
        if (each.epoch !== whole.epoch) expect(await world.ask(each.epoch)).toMatchObject({ kind: "delta" });
        expect(await world.published(each)).toEqual(whole);
      }
    }
  });

  it("is small, though the address lists are long", async () => {
    const world = await World.seeded("small");
    const bans = Array.from({ length: MAX_CHANGES }, (_, i) => [`10.0.${i >> 8}.${i & 255}/32`, ban(null)]);
    const before = await world.apply({ blacklist: Object.fromEntries(bans) });
    await world.apply(weight(7));
    const bytes = async (have: number | null) => {
      const reply = await world.ask(have, "routing");
      return "encoded" in reply ? reply.encoded.length : 0;
    };
    expect(await bytes(null)).toBeGreaterThan(100_000);
    expect(await bytes(before)).toBeLessThan(1024);
  });

  it("leaves alone who reads only backends, and tells what is new to it", async () => {
    const world = await World.seeded("backends");
    await world.apply(weight(7));
    const reply = await world.ask(1, "backends");
    expect(reply).toMatchObject({ kind: "delta", epoch: 2 });
    expect("encoded" in reply && new TextDecoder().decode(reply.encoded)).not.toContain("us-east-1");
  });

  it("is the whole table for one who is too far behind", async () => {
    const world = await World.seeded("behind");
    // As the log is when it holds this many; to write them would take long.
    await world.exec("UPDATE epoch SET change_count = ? WHERE epoch = 1", MAX_DELTA_CHANGES + 1);
    await world.apply(weight(7));
    await world.apply(weight(8));
    expect(await world.ask(0)).toMatchObject({ kind: "table" });
    expect(await world.ask(1)).toMatchObject({ kind: "delta" });
    // The log no longer says what epoch 2 changed.
    await world.exec("DELETE FROM epoch WHERE epoch <= 2");
    expect(await world.ask(1)).toMatchObject({ kind: "table" });
    expect(await world.ask(2)).toMatchObject({ kind: "delta" });
  });

  it("counts every verdict as new to those who read before the column of its epoch was there", async () => {
    const world = await World.seeded("migrated");
    await world.api.report([report("use1-a", {})]);
    const held = await world.published();
    await world.exec("ALTER TABLE verdict DROP COLUMN published_epoch");
    await evictDurableObject(world.stub);
    await world.apply(weight(7));
    const reply = await world.ask(1, "routing");
    expect("encoded" in reply && new TextDecoder().decode(reply.encoded)).toContain("use1-a");
    expect(await world.published({ ...held, epoch: 1, health: new Map() })).toEqual(await world.published());
  });
});
