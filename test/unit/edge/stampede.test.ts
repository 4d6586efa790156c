import { expect, it } from "vitest";
import type { SnapshotReply, SnapshotRequest } from "../../../durable-objects/routing-table/api.ts";
import { Random } from "../../../src/base/random.ts";
import { SnapshotSource } from "../../../workers/snapshot-source.ts";
import { FakeColoCache } from "../../fakes/colo-cache.ts";
import { FakeRoutingTable } from "../../fakes/routing-table.ts";

const ISOLATES = 30;
const SECONDS = 20;
const TICK_MS = 10;

/** A table that is so far away; the clock is the test's. */
class DistantTable extends FakeRoutingTable {
  asked = 0;
  readonly #under: { readonly at: number; readonly go: () => void }[] = [];
  readonly #distanceMs: number;
  readonly #clock: () => number;

  constructor(clock: () => number, distanceMs: number) {
    super(clock);
    this.#clock = clock;
    this.#distanceMs = distanceMs;
  }

  override async snapshot(request: SnapshotRequest): Promise<SnapshotReply> {
    this.asked += 1;
    await this.#way();
    const reply = await super.snapshot(request);
    await this.#way();
    return reply;
  }

  arrive(): void {
    for (const { at, go } of this.#under.splice(0)) {
      if (at <= this.#clock()) go();
      else this.#under.push({ at, go });
    }
  }

  #way(): Promise<void> {
    return new Promise((go) => this.#under.push({ at: this.#clock() + this.#distanceMs / 2, go }));
  }
}

it.each([
  ["near, and at rest", 20, null],
  ["150 ms away, and at rest", 150, null],
  ["150 ms away, and changes every two seconds", 150, 2000],
  ["250 ms away, and changes every two seconds", 250, 2000],
])("busy isolates of a colo seldom ask a table together that is %s", async (_name, distanceMs, changeEveryMs) => {
  let now = Date.UTC(2100, 0, 1);
  const clock = () => now;
  const table = new DistantTable(clock, distanceMs);
  const cache = new FakeColoCache(clock);
  const sources = Array.from(
    { length: ISOLATES },
    (_, i) =>
      new SnapshotSource(
        {
          table: () => table,
          coloCache: cache,
          now: clock,
          random: new Random([i, 2, 3]),
          pause: async () => undefined,
        },
        "routing",
      ),
  );
  const change = async (n: number) => {
    const options = { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null };
    await table.apply({ policies: { near: { kind: "geo", toleranceKm: n } } }, options);
  };
  const run = async (ms: number) => {
    for (let at = 0; at < ms; at += TICK_MS) {
      now += TICK_MS;
      table.arrive();
      if (changeEveryMs !== null && at % changeEveryMs === 0) await change(at / changeEveryMs + 1);
      // A hundred requests a second for each isolate.
      for (const source of sources) void source.get(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await change(0);
  // All begin at once, which is the worst that can be.
  await run(3000);
  table.asked = 0;
  await run(SECONDS * 1000);
  expect(table.asked / SECONDS).toBeGreaterThan(0.9);
  expect(table.asked / SECONDS).toBeLessThan(4);
});
