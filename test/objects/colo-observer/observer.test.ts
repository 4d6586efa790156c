import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { ColoReport } from "../../../durable-objects/colo-observer/api.ts";
import { coloObserver, routingTable } from "../../../durable-objects/stubs.ts";
import { demandSince } from "../../../src/adapters/d1/demand.ts";
import type { LearnedRow } from "../../../src/table/learned-row.ts";
import { useFakeClock } from "../health-monitor/world.ts";

useFakeClock();

const region = "eu-central-1";
const nothing: ColoReport = { samples: [], wanted: [], others: [], demand: [], traffic: null };
const stub = (colo: string) => env.COLO_OBSERVER.getByName(colo);
const sample = (ms: number, change: object = {}) => ({
  region,
  ms,
  at: Date.now(),
  asn: null,
  country: null,
  ...change,
});
const observe = (colo: string, report: object) =>
  coloObserver(env, colo).observe(colo, { ...nothing, ...report } as ColoReport);

/** Reports one sample a second, each by itself. */
async function sampled(colo: string, times: readonly number[], change: object = {}): Promise<void> {
  for (const ms of times) {
    vi.setSystemTime(Date.now() + 1000);
    await observe(colo, { samples: [sample(ms, change)] });
  }
}

let epochs = 0;
/** By the table, once it has published what it was told: any change of it does. */
async function learnedAt(place: string): Promise<LearnedRow | undefined> {
  epochs += 1;
  const options = { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null };
  await routingTable(env).apply({ policies: { near: { kind: "geo", toleranceKm: epochs } } }, options);
  return (await routingTable(env).read()).learned.get(place);
}
const figureAt = async (place: string) => (await learnedAt(place))?.[region as keyof LearnedRow];
const steady = (ms: number, count = 12) => Array.from({ length: count }, () => ms);

async function storedOf(colo: string): Promise<{ place: string; record: string }[]> {
  return runInDurableObject(stub(colo), (_, { storage }) =>
    storage.sql.exec<{ place: string; record: string }>("SELECT place, record FROM place ORDER BY place").toArray(),
  );
}

describe("an observer", () => {
  it("tells the table what its isolates have seen", async () => {
    await sampled("FRA", steady(24));
    expect(await figureAt("FRA")).toMatchObject({ ms: 24 });
  });

  it("tells nothing of one sample, and nothing anew when nothing has moved", async () => {
    await sampled("ZRH", [30]);
    expect(await learnedAt("ZRH")).toBeUndefined();
    await sampled("ZRH", steady(30, 30));
    const before = await learnedAt("ZRH");
    await sampled("ZRH", steady(30.2, 30));
    expect(await learnedAt("ZRH")).toEqual(before);
  });

  it("confirms a row every ten minutes", async () => {
    await sampled("VIE", steady(30, 30));
    vi.setSystemTime(Date.now() + 600_000);
    await sampled("VIE", [30]);
    expect((await figureAt("VIE"))?.at).toBe(Date.now());
  });

  it("is told by several isolates at once", async () => {
    const half = { samples: [0, 2, 4, 6].map((i) => sample(40, { at: Date.now() - i * 1000 })) };
    const other = { samples: [1, 3, 5, 7].map((i) => sample(40, { at: Date.now() - i * 1000 })) };
    await Promise.all([observe("PRG", half), observe("PRG", other)]);
    vi.setSystemTime(Date.now() + 1000);
    await observe("PRG", nothing);
    expect((await figureAt("PRG"))?.samples).toBeGreaterThan(7.9);
  });

  it("follows a road that became slow, and its repair", async () => {
    await sampled("AMS", steady(20, 20));
    await sampled("AMS", [900]);
    expect((await figureAt("AMS"))?.ms).toBeLessThan(21);
    await sampled("AMS", steady(20, 5));
    await sampled("AMS", steady(320, 5));
    expect((await figureAt("AMS"))?.ms).toBeGreaterThan(310);
    await sampled("AMS", steady(20, 3));
    expect((await figureAt("AMS"))?.ms).toBeLessThan(21);
  });

  it("asks for measurements of the regions that are wanted, of each once", async () => {
    const wanted = ["us-east-1", "eu-west-1"];
    expect(await observe("LHR", { wanted })).toEqual([
      { region: "us-east-1", times: 6 },
      { region: "eu-west-1", times: 6 },
    ]);
    expect(await observe("LHR", { wanted })).toEqual([]);
  });
});

describe("an observer that was gone", () => {
  it("goes on where the one before was, and tells nothing anew", async () => {
    await sampled("MAD", steady(24, 30), { asn: 3352, country: "ES" });
    await observe("MAD", nothing);
    const before = await figureAt("MAD");
    await evictDurableObject(stub("MAD"));
    await sampled("MAD", [24], { asn: 3352, country: "ES" });
    expect(await figureAt("MAD")).toEqual(before);
    // A change of the road is told apart only by who knows what was before.
    await sampled("MAD", steady(324, 4));
    expect((await figureAt("MAD"))?.ms).toBeGreaterThan(310);
  });

  it("keeps the network that differs", async () => {
    for (let i = 0; i < 30; i++) {
      await sampled("WAW", [20], { country: "PL" });
      await sampled("WAW", [80], { country: "UA" });
    }
    expect((await figureAt("WAW/UA"))?.ms).toBeCloseTo(80, 0);
    await evictDurableObject(stub("WAW"));
    await sampled("WAW", steady(20, 3), { country: "PL" });
    expect((await figureAt("WAW/UA"))?.ms).toBeCloseTo(80, 0);
  });

  it("does not replace what the table has by less, when its samples cannot be read", async () => {
    await sampled("LIS", steady(24, 30));
    await observe("LIS", { samples: [sample(100, { region: "us-east-1" })] });
    await runInDurableObject(stub("LIS"), (_, { storage }) => {
      storage.sql.exec("UPDATE place SET record = json_set(record, '$.seen', 'nonsense')");
    });
    await evictDurableObject(stub("LIS"));
    await sampled("LIS", [90]);
    expect((await figureAt("LIS"))?.ms).toBeCloseTo(24, 0);
    await sampled("LIS", [90, 90]);
    expect((await figureAt("LIS"))?.ms).toBeCloseTo(90, 0);
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "7"],
    ["another version's", '{"tracks":[1,2,3]}'],
  ])("drops a record that is %s", async (name, record) => {
    const colo = { "no JSON": "OSL", "no object": "ARN", "another version's": "HEL" }[name] as string;
    await sampled(colo, steady(24));
    await runInDurableObject(stub(colo), (_, { storage }) => {
      storage.sql.exec("UPDATE place SET record = ?", record);
    });
    await evictDurableObject(stub(colo));
    await sampled(colo, steady(50, 3));
    expect((await figureAt(colo))?.ms).toBeCloseTo(50, 0);
  });

  it("stores a place at most every ten seconds, and no place that does not differ", async () => {
    const versions = new Set<string>();
    for (let i = 0; i < 30; i++) {
      await sampled("BUD", [24], { asn: 5483, country: "HU" });
      const stored = await storedOf("BUD");
      expect(stored.map(({ place }) => place)).toEqual(["BUD"]);
      versions.add(stored[0]?.record ?? "");
    }
    expect(versions.size).toBe(3);
  });
});

describe("what cannot be so", () => {
  it.each([
    ["a sample that is no time", { samples: [{ ...sample(1), ms: -1 }] }],
    ["one without end", { samples: [{ ...sample(1), ms: Number.POSITIVE_INFINITY }] }],
    ["one beyond any timeout", { samples: [sample(60_001)] }],
    ["a region with a name like a program", { samples: [sample(1, { region: "<script>" })] }],
    ["the name that objects inherit", { samples: [sample(1, { region: "constructor" })] }],
    ["a sample of the day before", { samples: [{ ...sample(1), at: 0 }] }],
    ["no list", { samples: "many", wanted: { 0: "us-east-1" }, demand: 7 }],
    [
      "wild entries",
      { samples: [null, 7, "x", []], wanted: [null, 7, "", "A B"], demand: [null, {}, { requests: -1 }] },
    ],
    ["requests without end", { demand: [{ service: "api", country: "DE", requests: 1e300 }] }],
  ])("is passed over: %s", async (name, report) => {
    const colo = "BER";
    expect(await observe(colo, report), name).toEqual([]);
    vi.setSystemTime(Date.now() + 2000);
    await observe(colo, report);
    expect(await learnedAt(colo)).toBeUndefined();
    expect(await runDurableObjectAlarm(stub(colo))).toBe(false);
  });

  it("does not hide what is right beside it, nor do parts that are new", async () => {
    const samples = [sample(24), { ...sample(24), ms: "fast" }, sample(24, { at: Date.now() - 1000, colour: "red" })];
    await observe("DUS", { samples, inventions: [1] });
    expect((await figureAt("DUS"))?.samples).toBeCloseTo(2, 1);
  });

  it("is no report at all, or another colo's", async () => {
    const observer = coloObserver(env, "MUC");
    expect(await observer.observe("MUC", null as unknown as ColoReport)).toEqual([]);
    const samples = [sample(24), sample(24, { at: Date.now() - 1000 })];
    expect(await observer.observe("FRA", { ...nothing, samples, wanted: ["us-east-1"] })).toEqual([]);
    expect(await learnedAt("MUC")).toBeUndefined();
  });

  it("is taken at the time of its coming when its clock is ahead", async () => {
    const ahead = Date.now() + 4000;
    await observe("HAM", { samples: [sample(24, { at: ahead }), sample(24, { at: Date.now() - 2000 })] });
    expect((await figureAt("HAM"))?.at).toBe(Date.now());
  });

  it("is no more than a report may hold", async () => {
    const samples = Array.from({ length: 600 }, () => sample(24));
    const wanted = Array.from({ length: 600 }, (_, i) => `r${i}`);
    expect(await observe("STR", { samples, wanted })).toHaveLength(3);
  });
});

describe("demand", () => {
  const asked = (country: string | null, requests: number, service = "api") => ({ service, country, requests });
  const recorded = async (colo: string) =>
    (await demandSince(env.DB, Date.now() - 3_600_000)).filter((each) => each.colo === colo);
  const alarmAt = (colo: string) => runInDurableObject(stub(colo), (_, { storage }) => storage.getAlarm());

  it("is recorded before the object can go for want of work, and then every half minute", async () => {
    await observe("CPH", { demand: [asked("DK", 5), asked(null, 1)] });
    await observe("CPH", { demand: [asked("DK", 2)] });
    expect(await alarmAt("CPH")).toBe(Date.now() + 5000);
    vi.setSystemTime(Date.now() + 5000);
    await runDurableObjectAlarm(stub("CPH"));
    expect(await recorded("CPH")).toEqual([
      { colo: "CPH", ...asked(null, 1) },
      { colo: "CPH", ...asked("DK", 7) },
    ]);
    await observe("CPH", { demand: [asked("DK", 1)] });
    expect(await alarmAt("CPH")).toBe(Date.now() + 30_000);
  });

  it("of more pairs than are counted apart is counted without its country", async () => {
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    const codes = letters.flatMap((a) => letters.map((b) => a + b)).slice(0, 300);
    await observe("BRU", { demand: codes.map((code) => asked(code, 1)) });
    await runDurableObjectAlarm(stub("BRU"));
    const rows = await recorded("BRU");
    expect(rows.length).toBe(201);
    expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(300);
  });
});
