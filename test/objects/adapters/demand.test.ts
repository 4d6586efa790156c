import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { addDemand, DEMAND_SPAN_MS, demandCoversFrom, demandSince } from "../../../src/adapters/d1/demand.ts";

const now = Date.UTC(2100, 0, 1, 12);
const of = (country: string | null, requests: number, service = "api") => ({ service, country, requests });

beforeEach(async () => {
  await env.DB.exec("DELETE FROM demand");
});

describe("demand in D1", () => {
  it("is summed up over reports and spans, by colo, service and country", async () => {
    await addDemand(env.DB, "FRA", [of("DE", 10), of("FR", 1), of("DE", 7, "web")], now);
    await addDemand(env.DB, "FRA", [of("DE", 5)], now + 1000);
    await addDemand(env.DB, "FRA", [of("DE", 100)], now + DEMAND_SPAN_MS);
    await addDemand(env.DB, "CDG", [of("DE", 3)], now);
    expect(await demandSince(env.DB, now)).toEqual([
      { colo: "CDG", service: "api", country: "DE", requests: 3 },
      { colo: "FRA", service: "api", country: "DE", requests: 115 },
      { colo: "FRA", service: "api", country: "FR", requests: 1 },
      { colo: "FRA", service: "web", country: "DE", requests: 7 },
    ]);
  });

  it("may be of clients whose country is not known", async () => {
    await addDemand(env.DB, "FRA", [of(null, 2)], now);
    await addDemand(env.DB, "FRA", [of(null, 3)], now);
    expect(await demandSince(env.DB, now)).toEqual([{ colo: "FRA", service: "api", country: null, requests: 5 }]);
  });

  it("leaves out spans that were over before", async () => {
    await addDemand(env.DB, "FRA", [of("DE", 1)], now - 2 * DEMAND_SPAN_MS);
    await addDemand(env.DB, "FRA", [of("DE", 2)], now);
    expect(await demandSince(env.DB, now)).toMatchObject([{ requests: 2 }]);
  });

  it("says from when on it counts", async () => {
    const since = now - 3_600_000 + 1;
    expect(await demandCoversFrom(env.DB, since)).toBeNull();
    await addDemand(env.DB, "FRA", [of("DE", 1)], now - 600_000);
    expect(await demandCoversFrom(env.DB, since)).toBe(now - 600_000);
    await addDemand(env.DB, "CDG", [of("DE", 1)], now - 4_200_000);
    expect(await demandCoversFrom(env.DB, since)).toBe(now - 3_600_000);
  });

  it("is dropped when nobody asks for it any more", async () => {
    await addDemand(env.DB, "FRA", [of("DE", 1)], now - 3 * 3_600_000);
    await addDemand(env.DB, "CDG", [of("DE", 1)], now - 3 * 3_600_000);
    await addDemand(env.DB, "FRA", [of("DE", 1)], now);
    const left = await env.DB.prepare("SELECT colo, at FROM demand ORDER BY at").all();
    expect(left.results).toEqual([
      { colo: "CDG", at: now - 3 * 3_600_000 },
      { colo: "FRA", at: now },
    ]);
  });

  it("takes names as they are, not as SQL", async () => {
    await addDemand(env.DB, "FRA", [of("DE", 1, "it's")], now);
    expect(await demandSince(env.DB, now)).toMatchObject([{ service: "it's" }]);
  });
});
