import { describe, expect, it } from "vitest";
import { decide } from "../../../src/routing/decide.ts";
import type { SharedBucket } from "../../../src/shield/limit/spec.ts";
import { Shaper } from "../../../workers/edge/shaper.ts";
import type { Leases, Spent } from "../../../workers/edge/spend.ts";
import { testRequest, testSnapshot, testTable, testView } from "../../fakes/world.ts";

const NOW = 1_000_000_000;
const background = () => undefined;

/** What each bucket has left. */
class Purse implements Leases {
  readonly asked: SharedBucket[] = [];
  readonly #left: Record<string, number>;
  readonly #late: boolean;

  constructor(left: Record<string, number>, late: boolean) {
    this.#left = left;
    this.#late = late;
  }

  spend(bucket: SharedBucket, cost: number): Spent | Promise<Spent> {
    this.asked.push(bucket);
    const region = bucket.name.split(" ").at(-1) ?? "";
    const left = this.#left[region] ?? 0;
    if (left >= cost) this.#left[region] = left - cost;
    const spent: Spent = left >= cost ? { kind: "passed" } : { kind: "short", retryAfterMs: 3200 };
    return this.#late ? Promise.resolve(spent) : spent;
  }
}

function scene(shaping: object) {
  const table = testTable({ perRegion: 2, patch: { services: { api: { shaping } } } });
  const snapshot = testSnapshot(table);
  const view = testView(snapshot);
  const request = testRequest(snapshot, "api", {
    place: { country: "DE", continent: "EU", latitude: 50, longitude: 8 },
  });
  const chosen = request && decide(view, request, NOW, 0.5);
  if (!request || chosen?.kind !== "chosen") throw new Error("nobody was chosen");
  return { view, request, chosen };
}

describe.each([
  ["at once", false],
  ["later", true],
])("the rate of a class, by an owner that answers %s", (_, late) => {
  it("is spent in the region where the request goes", async () => {
    const { view, request, chosen } = scene({ normal: { perSecond: 100 } });
    const home = chosen.backend.region.id;
    const purse = new Purse({ [home]: 1 }, late);
    const shaper = new Shaper(purse);
    expect(await shaper.place(view, request, "normal", chosen, NOW, background)).toBe(chosen);
    expect(purse.asked).toEqual([
      { name: `shaping api normal ${home}`, rate: 100, periodSeconds: 1, burst: 25, whenUnreachable: "divide" },
    ]);
  });

  it("that is used up in one region sends it to another, and asks each region once", async () => {
    const { view, request, chosen } = scene({ normal: { perSecond: 100 } });
    const purse = new Purse({ "eu-west-1": 1 }, late);
    const placed = await new Shaper(purse).place(view, request, "normal", chosen, NOW, background);
    expect(placed).toMatchObject({ kind: "diverted", backend: { region: { id: "eu-west-1" } }, chosen });
    const names = purse.asked.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("that is used up everywhere sheds it, with the time until there is more", async () => {
    const { view, request, chosen } = scene({ normal: { perSecond: 100 } });
    const purse = new Purse({}, late);
    expect(await new Shaper(purse).place(view, request, "normal", chosen, NOW, background)).toEqual({
      kind: "shed",
      service: "api",
      priority: "normal",
      shortage: "class-rate",
      retryAfterMs: 3200,
    });
    expect(purse.asked.length).toBeLessThanOrEqual(9);
  });
});

describe("a service that limits nothing", () => {
  it("asks nobody, and gives the chosen one at once", () => {
    const { view, request, chosen } = scene({ bulk: { perSecond: 1 } });
    const purse = new Purse({}, false);
    expect(new Shaper(purse).place(view, request, "normal", chosen, NOW, background)).toBe(chosen);
    expect(purse.asked).toEqual([]);
  });
});
