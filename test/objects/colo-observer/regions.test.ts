import {
  applyD1Migrations,
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { coloObserver, regionWatch, routingTable } from "../../../durable-objects/stubs.ts";
import { RegionCounts } from "../../../src/health/region-counts.ts";
import { seedRegions } from "../../../src/seed/regions.ts";
import { eventually } from "../eventually.ts";
import { useFakeClock } from "../health-monitor/world.ts";

useFakeClock();

const REGION = "eu-west-1";
const stub = (colo: string) => env.COLO_OBSERVER.getByName(colo);

function rowsOf(requests: number) {
  const counts = new RegionCounts();
  for (let i = 0; i < requests; i++) counts.count(REGION, 40, false);
  return counts.rows();
}

/** What an isolate tells, of so many requests. */
function tell(colo: string, sender: string, sequence: number, requests: number, urgent = false) {
  const traffic = { sender, sequence, rows: rowsOf(requests), urgent };
  return coloObserver(env, colo).observe(colo, { samples: [], wanted: [], others: [], demand: [], traffic });
}

const alarmAt = (colo: string) => runInDurableObject(stub(colo), (_, { storage }) => storage.getAlarm());

async function requestsSeen(): Promise<number> {
  const options = { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null };
  await routingTable(env).apply({ regions: { [REGION]: seedRegions[REGION] } }, options);
  return (await regionWatch(env).status()).find(({ region }) => region === REGION)?.requests ?? 0;
}

/** What the watch has not been told before. */
async function newlySeen(colo: string): Promise<number> {
  const before = await requestsSeen();
  vi.setSystemTime(Date.now() + 10_000);
  await runDurableObjectAlarm(stub(colo));
  return (await requestsSeen()) - before;
}

afterEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.MIGRATIONS);
});

describe("what isolates have counted", () => {
  it("is added up, and passed on every ten seconds", async () => {
    await tell("FRA", "a", 1, 10);
    await eventually(async () => expect(await requestsSeen()).toBe(10));
    await tell("FRA", "b", 1, 20);
    await tell("FRA", "a", 2, 5);
    expect(await requestsSeen()).toBe(10);
    expect(await alarmAt("FRA")).toBeLessThanOrEqual(Date.now() + 10_000);
    expect(await newlySeen("FRA")).toBe(25);
  });

  it("goes on within a second where something is wrong", async () => {
    await tell("CDG", "a", 1, 10);
    await eventually(async () => expect(await requestsSeen()).toBe(10));
    vi.setSystemTime(Date.now() + 1000);
    await tell("CDG", "a", 2, 1, true);
    await eventually(async () => expect(await requestsSeen()).toBe(11));
  });

  it("is counted once however often it comes, before and after a restart of the observer", async () => {
    await tell("AMS", "a", 1, 1);
    await eventually(async () => expect(await requestsSeen()).toBe(1));
    await tell("AMS", "a", 2, 10);
    await tell("AMS", "a", 2, 10);
    await evictDurableObject(stub("AMS"));
    await tell("AMS", "a", 2, 10);
    await tell("AMS", "b", 2, 100);
    // The observer that was made anew passes on at once what it found.
    await eventually(async () => expect(await requestsSeen()).toBe(11));
    expect(await newlySeen("AMS")).toBe(100);
  });

  it("outlives a restart of the observer", async () => {
    await tell("LHR", "a", 1, 1);
    await eventually(async () => expect(await requestsSeen()).toBe(1));
    await tell("LHR", "a", 2, 30);
    await evictDurableObject(stub("LHR"));
    expect(await newlySeen("LHR")).toBe(30);
  });

  it("waits for who watches the regions, and is counted once when the answer was lost", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    await tell("MAD", "a", 1, 1);
    await eventually(async () => expect(await requestsSeen()).toBe(1));
    // What it has taken is all that it may lose: the answer.
    await runInDurableObject(stub("MAD"), (_, { storage }) => {
      const [row] = storage.sql.exec<{ record: string }>("SELECT record FROM relay");
      const { outbox, senders } = JSON.parse(row?.record ?? "");
      const lost = {
        ...outbox,
        outstanding: { sender: "MAD", sequence: outbox.sequence, rows: rowsOf(1), urgent: false },
      };
      storage.sql.exec("UPDATE relay SET record = ?", JSON.stringify({ outbox: lost, senders }));
    });
    await evictDurableObject(stub("MAD"));
    await tell("MAD", "a", 2, 7);
    // First what was under way, then the rest.
    expect(await newlySeen("MAD")).toBe(7);
    vi.restoreAllMocks();
  });

  it("that this version cannot read is passed over", async () => {
    const traffic = { sender: "a", sequence: 1, urgent: true, rows: [{ region: "A B", failures: -1 }] } as never;
    await coloObserver(env, "VIE").observe("VIE", { samples: [], wanted: [], others: [], demand: [], traffic });
    expect(await alarmAt("VIE")).toBeNull();
  });
});
